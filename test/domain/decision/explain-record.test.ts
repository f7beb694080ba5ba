import { assessRequest } from '../../../lib/domain/decision/assess-request';
import { decide } from '../../../lib/domain/decision/decide';
import {
  explainDifference,
  explainRecord,
  explainWorking,
} from '../../../lib/domain/decision/explain-record';
import type { RecordedDecision } from '../../../lib/domain/decision/record';
import { heldRecord } from '../../../lib/domain/decision/record';
import { retake } from '../../../lib/domain/decision/retake';
import { Refused } from '../../../lib/domain/errors';
import { CALM_GRID, NOW_MS, seatWith, snapshotOf, topologyWith, ZONE_LOSS_GRID } from './world';

const author = { trigger: 'witness', actor: 'az-c', request: null } as const;
const linesOf = (text: string): string[] => text.split('\n').slice(1);

const workingOf = (record: RecordedDecision): readonly string[] => {
  if (record.circumstances === undefined) throw new Error('the test expected circumstances');
  const policy = { topology: topologyWith(), version: 'p1' };
  return explainWorking(retake(record.evidence, record.circumstances, policy).working);
};

describe('a record for people', () => {
  it('says who, when, on what seat, and what each witness saw', () => {
    const snapshot = snapshotOf(ZONE_LOSS_GRID);
    const lines = explainRecord(heldRecord(snapshot, decide(snapshot), author));
    expect(lines.slice(0, 3)).toEqual(
      linesOf(`
epoch 7, 2027-01-15T08:00:00.000Z, taken by az-c (trigger witness)
seat then: epoch 7, writer az-a, standby az-b, nothing ran, cooldown 0 s left
decision: failover, emergency failover from az-a to az-b, scenario zone-loss, confidence 100`),
    );
    expect(lines).toContain('  az-a: round 100, never seen to change, so silent, itself 0 ms late at worst');
    expect(lines).toContain('  az-b: round 100, 50 ms old, itself 0 ms late at worst');
    expect(lines).toContain(
      '    postgres@az-a: failed 9 times in a row, confirmed (connection refused)  oooooooooofff',
    );
    expect(lines).toContain('    postgres@az-b: ok  oooooooooo');
  });

  it('says what was asked for, what ran, and how long the cooldown was', () => {
    const operation = {
      ...seatWith().operation,
      kind: 'failover',
      epoch: 7,
      stores: ['postgres'],
      from: 'az-a',
      to: 'az-b',
      mode: 'planned',
      trigger: 'human',
      reason: 'x',
      phase: 'fenced',
      progress: 1,
      claimedAtMs: 0,
      progressAtMs: 0,
      acceptLossSeconds: null,
      eligibleBefore: { postgres: 'az-b' },
      execution: 'e',
    } as const;
    const seat = { operation, eligible: null, cooldownUntilMs: NOW_MS + 1_500 };
    const snapshot = snapshotOf(CALM_GRID, { seat });
    const request = {
      to: 'az-b',
      mode: 'emergency',
      kind: 'failover',
      reason: 'az-a is on fire',
      overrideCooldown: true,
      acceptLossSeconds: 5,
    } as const;
    const record = heldRecord(snapshot, assessRequest(snapshot, request), {
      trigger: 'human',
      actor: 'sam',
      request,
    });
    expect(explainRecord(record).slice(0, 5)).toEqual(
      linesOf(`
epoch 7, 2027-01-15T08:00:00.000Z, taken by sam (trigger human)
asked for: emergency failover to az-b, "az-a is on fire", cooldown overridden, up to 5 s of loss accepted
seat then: epoch 7, writer az-a, standby none eligible, a failover of epoch 7 was fenced, cooldown 2 s left
decision: refused, scenario standby-returned, confidence 100
  [busy] the seat is held by the planned failover from az-a to az-b (epoch 7, fenced); wait until it has ended  kind=failover epoch=7 phase=fenced from=az-a to=az-b execution=e`),
    );
  });

  it('says a plain request plainly, and why a claim was lost', () => {
    const snapshot = snapshotOf(CALM_GRID);
    const request = { to: 'az-b', mode: 'planned', reason: 'maintenance' } as const;
    const lost = new Refused('stale-epoch', 'Refused: epoch 7 has passed.', { epoch: 8 });
    const record = heldRecord(
      snapshot,
      assessRequest(snapshot, request),
      { trigger: 'human', actor: 'sam', request },
      lost,
    );
    const lines = explainRecord(record);
    expect(lines[1]).toBe('asked for: planned failover to az-b, "maintenance"');
    expect(lines).toContain('its claim was refused: [stale-epoch] Refused: epoch 7 has passed.  epoch=8');
  });

  it('says of an old record what is not known', () => {
    const snapshot = snapshotOf(CALM_GRID);
    const { epoch, decision, evidence, voters, atMs } = heldRecord(snapshot, decide(snapshot), author);
    const old = { epoch, decision, evidence, voters, atMs };
    expect(explainRecord(old)[0]).toBe('epoch 7, 2027-01-15T08:00:00.000Z, by whom is not on record');
  });

  it('shows a failure that is not confirmed as such', () => {
    const grid = CALM_GRID.replace('az-c            o ', 'az-c            f ');
    const snapshot = snapshotOf(grid);
    expect(explainRecord(heldRecord(snapshot, decide(snapshot), author))).toContain(
      '    postgres@az-a: failed 1 times in a row, not confirmed (connection refused)  oooooooooof',
    );
  });
});

describe('the working for people', () => {
  it('has the terms, their weights and the row', () => {
    const snapshot = snapshotOf(ZONE_LOSS_GRID);
    const lines = workingOf(heldRecord(snapshot, decide(snapshot), author));
    expect(lines.slice(0, 4)).toEqual(
      linesOf(`
rule: row 1 of 12, zone-loss, action failover-emergency: postgres of the writer's zone failed by quorum, and no accuser sees anything else of the zone, for the threshold (the zone is gone: what could be waited for is gone with it)
confidence 100 = 40 × agreement 1 + 20 × freshness 1 + 20 × independence 1 + 20 × samples 1; carried by az-b, az-c, out of az-b, az-c
score = the mean of its known terms, weighted success 40, answering 30, latency 15, lag 15
trend, called stable within 0.5 points a round either way:`),
    );
    expect(lines[4]).toMatch(/^ {2}postgres in az-a: 9 points, -\d+(\.\d+)? points of success a round$/);
  });

  it('says so when no row matched, nobody carries it, or there is too little for a slope', () => {
    const silent = ['az-a', 'az-b', 'az-c', 'region'].map((name) => `${name} silent`).join('\n');
    const snapshot = { ...snapshotOf(silent), observations: [] };
    const lines = workingOf(heldRecord(snapshot, decide(snapshot), author));
    expect(lines).toContain('  postgres in az-a: 0 points, too few for a slope');
    expect(lines[1]).toMatch(/carried by nobody, out of /);
    const calm = snapshotOf(CALM_GRID);
    expect(workingOf(heldRecord(calm, decide(calm), author))[0]).toBe(
      'rule: no row of the scenario table matched',
    );
  });

  it('has none when the seat was at fault', () => {
    const snapshot = snapshotOf(CALM_GRID, { seat: { writer: 'az-c' } });
    expect(workingOf(heldRecord(snapshot, decide(snapshot), author)).slice(0, 2)).toEqual([
      'rule: no row of the scenario table matched',
      'confidence: none, the seat itself was at fault',
    ]);
  });
});

it('shows both sides of a difference', () => {
  expect(explainDifference({ path: 'kind', stored: 'failover', derived: null })).toBe(
    'kind: stored "failover", derived null',
  );
});

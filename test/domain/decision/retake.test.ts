import { assessRequest } from '../../../lib/domain/decision/assess-request';
import { decide } from '../../../lib/domain/decision/decide';
import type { RecordedDecision } from '../../../lib/domain/decision/record';
import { circumstancesOf, heldRecord } from '../../../lib/domain/decision/record';
import { differencesOf, retake } from '../../../lib/domain/decision/retake';
import type { Snapshot } from '../../../lib/domain/decision/snapshot';
import { Refused } from '../../../lib/domain/errors';
import { CALM_GRID, snapshotOf, topologyWith, ZONE_LOSS_GRID } from './world';

const witness = { trigger: 'witness', actor: 'az-c', request: null } as const;
const POLICY = { topology: topologyWith(), version: 'p1' };

const retaken = (record: RecordedDecision, policy = POLICY) => {
  if (record.circumstances === undefined) throw new Error('the test expected circumstances');
  return retake(record.evidence, record.circumstances, policy);
};

describe('a decision taken again from its record', () => {
  it.each([
    ['an observation', (record: RecordedDecision) => ({ ...record, evidence: record.evidence.slice(1, 2) })],
    [
      'the seat',
      (record: RecordedDecision) => ({
        ...record,
        circumstances: {
          ...circumstancesOf(snapshotOf(ZONE_LOSS_GRID), witness),
          seat: { ...snapshotOf(ZONE_LOSS_GRID).seat, eligible: null },
        },
      }),
    ],
    [
      'the ages',
      (record: RecordedDecision) => ({
        ...record,
        circumstances: { ...circumstancesOf(snapshotOf(ZONE_LOSS_GRID), witness), ageMs: {} },
      }),
    ],
  ])('is another when somebody changed %s', (_what, change) => {
    const snapshot = snapshotOf(ZONE_LOSS_GRID);
    const record = heldRecord(snapshot, decide(snapshot), witness);
    const changed = retaken(change(record)).decision;
    expect(differencesOf(record.decision, changed).map(({ path }) => path)).toContain('kind');
  });

  it('is another under another policy', () => {
    const snapshot = snapshotOf(ZONE_LOSS_GRID);
    const record = heldRecord(snapshot, decide(snapshot), witness);
    const off = { topology: topologyWith({ automatic: 'off' }), version: 'p2' };
    expect(differencesOf(record.decision, retaken(record, off).decision)).toEqual([
      { path: 'kind', stored: 'failover', derived: 'hold' },
      { path: 'reasons.1', stored: null, derived: expect.objectContaining({ code: 'automatic-off' }) },
      { path: 'policyVersion', stored: 'p1', derived: 'p2' },
    ]);
  });
});

describe('the working behind a decision', () => {
  const workingOf = (grid: string, changes: Partial<Snapshot> = {}) => {
    const snapshot = { ...snapshotOf(grid), ...changes };
    return retaken(heldRecord(snapshot, decide(snapshot), witness)).working;
  };

  it('names the row, whose word it is, and the terms', () => {
    const { rule, confidence, trends } = workingOf(ZONE_LOSS_GRID);
    expect(rule).toMatchObject({ name: 'zone-loss', row: 1, rows: 12, action: 'failover-emergency' });
    expect(confidence).toEqual({
      confidence: 100,
      terms: { agreement: 1, freshness: 1, independence: 1, samples: 1 },
      supporters: ['az-b', 'az-c'],
      electorate: ['az-b', 'az-c'],
    });
    expect(trends[0]).toEqual({
      component: 'postgres',
      zone: 'az-a',
      points: 9,
      slopePointsPerRound: expect.any(Number),
    });
    expect(trends[0]?.slopePointsPerRound).toBeLessThan(-0.5);
  });

  it('has no row on a calm day, and rests on those that the writer answers', () => {
    const { rule, confidence } = workingOf(CALM_GRID);
    expect(rule).toBeNull();
    expect(confidence?.supporters).toEqual(['az-b', 'az-c']);
  });

  it('of a request is how surely the target is well', () => {
    const snapshot = snapshotOf(ZONE_LOSS_GRID);
    const request = { to: 'az-b', mode: 'emergency', reason: 'fire' } as const;
    const record = heldRecord(snapshot, assessRequest(snapshot, request), {
      trigger: 'human',
      actor: 'sam',
      request,
    });
    expect(retaken(record).working.confidence).toMatchObject({
      confidence: record.decision.confidence,
      supporters: ['az-c'],
      electorate: ['az-a', 'az-c'],
    });
  });

  it('is none when the seat itself is at fault', () => {
    const seat = { ...snapshotOf(CALM_GRID).seat, writer: 'az-c' };
    expect(workingOf(CALM_GRID, { seat })).toEqual({ rule: null, confidence: null, trends: [] });
  });
});

describe('a record', () => {
  it('keeps why its claim was refused, as it was told', () => {
    const snapshot = snapshotOf(ZONE_LOSS_GRID);
    const lost = new Refused('stale-epoch', 'Refused: epoch 7 has passed.', { epoch: 8 });
    expect(heldRecord(snapshot, decide(snapshot), witness, lost).refused).toEqual({
      code: 'stale-epoch',
      sentence: 'Refused: epoch 7 has passed.',
      numbers: { epoch: 8 },
    });
  });
});

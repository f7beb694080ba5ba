import { decide } from '../../../lib/domain/decision/decide';
import type { Decision } from '../../../lib/domain/decision/decision';
import { confidenceOf } from '../../../lib/domain/decision/confidence';
import { lossBound } from '../../../lib/domain/decision/loss-bound';
import { triggerFor } from '../../../lib/domain/decision/trigger';
import type { DrillHold, Operation, Outcome } from '../../../lib/domain/protocol/seat';
import { evidenceOf } from '../../../lib/domain/quorum/evidence';
import { situationOf } from '../../../lib/domain/scenario/situation';
import type { Setting } from './world';
import {
  CALM_GRID,
  NOW_MS,
  ZONE_LOSS_GRID,
  observationOf,
  replicationWith,
  seatWith,
  snapshotOf,
  topologyWith,
} from './world';

const codes = ({ reasons }: Decision): readonly string[] => reasons.map(({ code }) => code);

const inShort = ({ kind, operation, ...decision }: Decision): string =>
  [
    kind,
    operation === null ? 'nothing' : `${operation.mode} ${operation.kind} ${operation.from}→${operation.to}`,
    codes({ kind, operation, ...decision }).join('+'),
  ].join(' | ');

const decided = (grid: string, setting: Setting = {}): string => inShort(decide(snapshotOf(grid, setting)));

const running: Operation = {
  kind: 'rejoin',
  epoch: 7,
  stores: ['postgres'],
  from: 'az-a',
  to: 'az-b',
  mode: 'planned',
  trigger: 'witness',
  reason: 'standby-returned',
  phase: 'claimed',
  progress: 0,
  claimedAtMs: NOW_MS,
  progressAtMs: NOW_MS,
  acceptLossSeconds: null,
  eligibleBefore: { postgres: null },
  execution: 'orders-e7',
};

const ended: Outcome = {
  epoch: 7,
  kind: 'failover',
  stores: ['postgres'],
  result: 'rolled-back',
  from: 'az-a',
  to: 'az-b',
  reason: 'VerificationFailed',
  atMs: NOW_MS - 100,
};

const STANDBY_LOST = `
  az-a     o    o     o        F    F     F        o
  az-b     silent
  az-c     o    o     o        F    F     F        .
  region   .    o     .        .    F     .        .`;

const PARTIAL = `
  az-a     o    F     o        o    o     o        o
  az-b     o    F     o        o    o     o        o
  az-c     o    F     o        o    o     o        .
  region   .    F     .        .    o     .        .`;

const API_AND_STANDBY_LOST = `
  az-a     o    F     o        F    o     F        o
  az-b     o    F     o        o    o     o        o
  az-c     o    F     o        F    o     F        .
  region   .    F     .        .    o     .        .`;

const API_DEAD_IN_BOTH = `
  az-a     o    F     o        o    F     o        o
  az-b     o    F     o        o    F     o        o
  az-c     o    F     o        o    F     o        .
  region   .    F     .        .    F     .        .`;

const LOST = 'emergency failover az-a→az-b';

describe('az-a is lost', () => {
  it.each<[string, Setting, string]>([
    ['the standby is eligible: go', {}, `failover | ${LOST} | zone-loss`],
    [
      'automatic is off: recorded, not done',
      { policy: { automatic: 'off' } },
      `hold | ${LOST} | zone-loss+automatic-off`,
    ],
    [
      'automatic is shadow: recorded, not done',
      { policy: { automatic: 'shadow' } },
      `hold | ${LOST} | zone-loss+shadow`,
    ],
    [
      'in the cooldown',
      { seat: { cooldownUntilMs: NOW_MS + 61_500 } },
      `hold | ${LOST} | zone-loss+cooldown`,
    ],
    ['the cooldown ends now', { seat: { cooldownUntilMs: NOW_MS } }, `failover | ${LOST} | zone-loss`],
    ['something else runs', { seat: { operation: running } }, `hold | ${LOST} | zone-loss+busy`],
    [
      'no standby is eligible (§3b.7); the newest beacon is 0.8 s old, within the RPO',
      { seat: { eligible: null } },
      `refuse | ${LOST} | zone-loss+not-eligible+rpo-exceeded`,
    ],
    [
      'the confidence asked for is beyond what one round gives',
      { policy: { minimumConfidence: 101 } },
      `hold | ${LOST} | zone-loss+low-confidence`,
    ],
    [
      'the last try was rolled back just now',
      { seat: { lastOutcome: ended } },
      `hold | ${LOST} | zone-loss+backoff`,
    ],
    [
      'the last try was rolled back a detection time ago',
      { seat: { lastOutcome: { ...ended, atMs: NOW_MS - 600 } } },
      `failover | ${LOST} | zone-loss`,
    ],
    [
      'the last move went well',
      { seat: { lastOutcome: { ...ended, result: 'completed' } } },
      `failover | ${LOST} | zone-loss`,
    ],
    [
      'the last try went the other way',
      { seat: { lastOutcome: { ...ended, to: 'az-a' } } },
      `failover | ${LOST} | zone-loss`,
    ],
    [
      'the last was of another kind',
      { seat: { lastOutcome: { ...ended, kind: 'rejoin' } } },
      `failover | ${LOST} | zone-loss`,
    ],
    [
      'several reasons at once are all said, refusals win',
      {
        policy: { automatic: 'shadow' },
        seat: { eligible: null, operation: running, cooldownUntilMs: NOW_MS + 1 },
      },
      `refuse | ${LOST} | zone-loss+busy+not-eligible+rpo-exceeded+cooldown+shadow`,
    ],
    ['the seat is not one of ours', { seat: { writer: 'az-q' } }, 'refuse | nothing | unknown-seat'],
  ])('%s', (_why, setting, wanted) => {
    expect(decided(ZONE_LOSS_GRID, setting)).toBe(wanted);
  });

  it('says the numbers', () => {
    const numbers = (setting: Setting, code: string) =>
      decide(snapshotOf(ZONE_LOSS_GRID, setting)).reasons.find((reason) => reason.code === code)?.numbers;
    expect(numbers({}, 'zone-loss')).toEqual({
      zone: 'az-a',
      component: 'postgres',
      failed: 2,
      electorate: 2,
    });
    expect(numbers({ seat: { cooldownUntilMs: NOW_MS + 61_540 } }, 'cooldown')).toEqual({
      secondsLeft: 61.6,
    });
    expect(numbers({ seat: { operation: running } }, 'busy')).toMatchObject({
      kind: 'rejoin',
      epoch: 7,
      phase: 'claimed',
    });
    expect(numbers({ seat: { eligible: null } }, 'rpo-exceeded')).toEqual({
      component: 'postgres',
      boundSeconds: null,
      limitSeconds: 60,
    });
    expect(numbers({ policy: { minimumConfidence: 101 } }, 'low-confidence')).toEqual({
      confidence: 100,
      minimum: 101,
    });
    expect(numbers({ seat: { lastOutcome: ended } }, 'backoff')).toEqual({ secondsLeft: 0.5, lastEpoch: 7 });
    const rejoined = { ...ended, kind: 'rejoin', result: 'completed', atMs: NOW_MS - 300 } as const;
    const [, held] = decide(snapshotOf(STANDBY_LOST, { seat: { lastOutcome: rejoined } })).reasons;
    expect(held).toEqual({
      code: 'backoff',
      sentence:
        'the rejoin of az-b has just been completed; what was seen before its end does not count, for 0.7 s',
      numbers: { secondsLeft: 0.7, lastEpoch: 7 },
    });
  });

  it('binds the claim to the rounds of those who accuse, and to the seat and policy it saw', () => {
    expect(decide(snapshotOf(ZONE_LOSS_GRID))).toMatchObject({
      scenario: 'zone-loss',
      confidence: 100,
      voters: [
        { witness: 'az-b', runId: 'run-az-b', round: 100 },
        { witness: 'az-c', runId: 'run-az-c', round: 100 },
      ],
      seatEpoch: 7,
      policyVersion: 'p1',
    });
  });

  it('is refused when nobody outside az-b has an answer from it', () => {
    const dark = `
      az-a     silent
      az-b     F    F     F        o    o     o        o
      az-c     F    F     F        F    F     o        .
      region   .    F     .        .    o     .        .`;
    expect(decided(dark)).toBe(`refuse | ${LOST} | zone-loss+target-not-healthy`);
  });
});

describe('other incidents', () => {
  it.each<[string, string, Setting, string]>([
    ['nothing is wrong', CALM_GRID, {}, 'none | nothing | nothing-to-do'],
    [
      'nothing is wrong, and something runs',
      CALM_GRID,
      { seat: { operation: running } },
      'hold | nothing | busy',
    ],
    [
      'the API died: the writer can be paused',
      PARTIAL,
      {},
      'failover | planned failover az-a→az-b | partial-service-failure',
    ],
    [
      'the API died, the standby is not eligible: first it has to be, and nothing is refused for it',
      PARTIAL,
      { seat: { eligible: null } },
      'act | planned rejoin az-a→az-b | standby-returned',
    ],
    [
      'the API died in the cooldown, and the standby is lost: the primary is let go on meanwhile',
      API_AND_STANDBY_LOST,
      { seat: { cooldownUntilMs: NOW_MS + 9_000 } },
      'act | emergency degrade az-a→az-b | standby-loss',
    ],
    [
      'the API died in the cooldown: the first reason is told',
      PARTIAL,
      { seat: { cooldownUntilMs: NOW_MS + 9_000 } },
      'hold | planned failover az-a→az-b | partial-service-failure+cooldown',
    ],
    ['the standby is lost', STANDBY_LOST, {}, 'act | emergency degrade az-a→az-b | standby-loss'],
    [
      'the standby is lost in the cooldown: exempt',
      STANDBY_LOST,
      { seat: { cooldownUntilMs: NOW_MS + 9_000 } },
      'act | emergency degrade az-a→az-b | standby-loss',
    ],
    [
      'the standby is lost, automatic is off: not exempt',
      STANDBY_LOST,
      { policy: { automatic: 'off' } },
      'hold | emergency degrade az-a→az-b | standby-loss+automatic-off',
    ],
    [
      'a degrade was done just now: these rounds may be from before it',
      STANDBY_LOST,
      { seat: { lastOutcome: { ...ended, kind: 'degrade', result: 'completed' } } },
      'hold | emergency degrade az-a→az-b | standby-loss+backoff',
    ],
    [
      'a rejoin was completed just now: these rounds may be from when its gate was closed',
      STANDBY_LOST,
      { seat: { lastOutcome: { ...ended, kind: 'rejoin', result: 'completed', atMs: NOW_MS - 999 } } },
      'hold | emergency degrade az-a→az-b | standby-loss+backoff',
    ],
    [
      'a rejoin was completed so long ago that no round from before it counts any more',
      STANDBY_LOST,
      { seat: { lastOutcome: { ...ended, kind: 'rejoin', result: 'completed', atMs: NOW_MS - 1_000 } } },
      'act | emergency degrade az-a→az-b | standby-loss',
    ],
    [
      'a rejoin was completed just now, and the zone is lost: nothing is delayed',
      ZONE_LOSS_GRID,
      { seat: { lastOutcome: { ...ended, kind: 'rejoin', result: 'completed' } } },
      `failover | ${LOST} | zone-loss`,
    ],
    [
      'the standby is lost while something runs',
      STANDBY_LOST,
      { seat: { operation: running } },
      'hold | emergency degrade az-a→az-b | standby-loss+busy',
    ],
    [
      'the standby is back, in the cooldown: exempt',
      CALM_GRID,
      { seat: { eligible: null, cooldownUntilMs: NOW_MS + 9_000 } },
      'act | planned rejoin az-a→az-b | standby-returned',
    ],
    [
      'after the failover it comes back from the other side',
      CALM_GRID,
      { seat: { writer: 'az-b', eligible: null, cooldownUntilMs: 0 } },
      'act | planned rejoin az-b→az-a | standby-returned',
    ],
    [
      'the last rejoin failed 9 s ago: it waits a step’s deadline',
      CALM_GRID,
      {
        seat: {
          eligible: null,
          lastOutcome: { ...ended, kind: 'rejoin', result: 'failed', atMs: NOW_MS - 9_000 },
        },
      },
      'hold | planned rejoin az-a→az-b | standby-returned+backoff',
    ],
    [
      'the last rejoin was released 9 s ago: again',
      CALM_GRID,
      {
        seat: {
          eligible: null,
          lastOutcome: { ...ended, kind: 'rejoin', result: 'released', atMs: NOW_MS - 9_000 },
        },
      },
      'act | planned rejoin az-a→az-b | standby-returned',
    ],
    [
      'the state of az-a is not yet confirmed',
      ZONE_LOSS_GRID.replaceAll('F', 'f'),
      {},
      'hold | nothing | pending+pending+witness-cut-off',
    ],
    ['the API died in both zones', API_DEAD_IN_BOTH, {}, 'hold | nothing | no-remedy+no-remedy'],
    [
      'az-b alone accuses',
      ZONE_LOSS_GRID.replace(/az-c.*\n/, 'az-c silent\n').replace('.    F     .', '.    u     .'),
      {},
      'hold | nothing | no-quorum+no-quorum+witness-cut-off',
    ],
  ])('%s', (_why, grid, setting, wanted) => {
    expect(decided(grid, setting)).toBe(wanted);
  });

  it('degrades at full confidence on the primary’s own word to the one outside witness that sees it', () => {
    const grid = `
      az-a     silent
      az-b     F    F     F        o    o     o        o
      az-c     s    o     o        o    o     o        .
      region   .    o     .        .    o     .        .`;
    const decision = decide(snapshotOf(grid));
    expect(inShort(decision)).toBe('act | emergency degrade az-a→az-b | standby-loss');
    expect(decision.confidence).toBe(90);
  });
});

describe('I3: the loss bound', () => {
  const boundAt = (beaconAgeMs: number | null, rpoGates: readonly 'postgres'[] = ['postgres']) => {
    const snapshot = snapshotOf(ZONE_LOSS_GRID, { seat: { eligible: null }, policy: { rpoGates } });
    const observations = snapshot.observations.map((seen) => ({
      ...seen,
      targets: seen.targets.map((target) => ({
        ...target,
        latest:
          target.kind === 'postgres' && target.zone === 'az-b'
            ? {
                ...target.latest,
                replication: replicationWith({
                  beaconAtMs: beaconAgeMs === null ? null : NOW_MS - beaconAgeMs,
                }),
              }
            : target.latest,
      })),
    }));
    const decision = decide({ ...snapshot, observations });
    return decision.reasons.find(({ code }) => code === 'rpo-exceeded')?.numbers['boundSeconds'];
  };

  it.each<[number | null, number | null | undefined, string]>([
    [60_000, undefined, 'as old as the limit'],
    [60_001, 60.001, 'older'],
    [null, null, 'unknown counts as beyond'],
    [-5_000, undefined, 'a beacon from the future is no loss'],
  ])('a beacon of age %s ms → %s (%s)', (age, bound) => {
    expect(boundAt(age)).toBe(bound);
  });

  it('goes by the newest beacon that anybody found', () => {
    const snapshot = snapshotOf(CALM_GRID, { seat: { eligible: null } });
    const ages: Record<string, number> = { 'az-a': 9_000, 'az-b': 2_000, 'az-c': 4_000 };
    const observations = snapshot.observations.map((seen) => ({
      ...seen,
      targets: seen.targets.map((target) => ({
        ...target,
        latest: {
          ...target.latest,
          replication: replicationWith({ beaconAtMs: NOW_MS - (ages[seen.witness] ?? 0) }),
        },
      })),
    }));
    const situation = situationOf({ ...snapshot, observations });
    const move = { component: 'postgres', to: 'az-b', mode: 'emergency', nowMs: NOW_MS } as const;
    expect(lossBound(situation, move).boundSeconds).toBe(2);
  });

  it('gates only what the policy names', () => {
    expect(boundAt(null, [])).toBeUndefined();
  });
});

describe('confidence', () => {
  it('shows its terms: one voice of three, from outside, at the threshold and not confirmed', () => {
    const unconfirmed = observationOf('region', ['.', 'f', '.', '.', 'o', '.', '.']);
    const evidence = evidenceOf({
      topology: topologyWith(),
      observations: [unconfirmed],
      ageMs: { region: 0 },
    });
    const accused = { component: 'api', zone: 'az-a' } as const;
    const electorate = ['az-b', 'az-c', 'region'];
    expect(confidenceOf(evidence, { supporters: ['region', 'az-c'], electorate, accused })).toEqual({
      confidence: 32,
      terms: { agreement: 1 / 3, freshness: 1 / 3, independence: 0.5, samples: 1 / 12 },
    });
    const unseen = { component: 'redis', zone: 'az-a' } as const;
    expect(
      confidenceOf(evidence, { supporters: ['region'], electorate, accused: unseen }).terms.samples,
    ).toBe(0);
  });

  it.each([
    ['two of two, a round old', {}, 50, 100],
    ['two of two, about to turn stale', {}, 1_000, 90],
  ])('%s', (_why, setting, age, wanted) => {
    const snapshot = snapshotOf(ZONE_LOSS_GRID, setting);
    const ageMs = Object.fromEntries(Object.keys(snapshot.ageMs).map((witness) => [witness, age]));
    expect(decide({ ...snapshot, ageMs }).confidence).toBe(wanted);
  });

  it('of two of three is 80, enough by default', () => {
    const grid = PARTIAL.replace('.    F     .', '.    u     .');
    expect(decide(snapshotOf(grid))).toMatchObject({ kind: 'failover', confidence: 80 });
  });

  it('in calm is how surely the writer’s store is well; with a witness cut off, how many still speak', () => {
    expect(decide(snapshotOf(CALM_GRID)).confidence).toBe(100);
    expect(decide(snapshotOf(CALM_GRID.replace(/az-c.*\n/, 'az-c silent\n'))).confidence).toBe(85);
  });
});

describe('who is said to have started it', () => {
  const drill = { id: 'd1', zone: 'az-a', untilMs: NOW_MS + 1_000 };
  it.each<[DrillHold | null, string, number, string, string]>([
    [drill, 'az-a', NOW_MS, 'drill', 'its own declared fault'],
    [drill, 'az-b', NOW_MS, 'witness', 'another zone: a real incident'],
    [drill, 'az-a', NOW_MS + 1_000, 'witness', 'the drill has expired'],
    [null, 'az-a', NOW_MS, 'witness', 'no drill'],
  ])('%j, from %s at %i → %s (%s)', (hold, from, nowMs, trigger) => {
    expect(triggerFor(seatWith({ drill: hold }), from, nowMs)).toBe(trigger);
  });
});

import type { OperationRequest } from '../../../lib/domain/decision/assess-request';
import { assessRequest } from '../../../lib/domain/decision/assess-request';
import { decide } from '../../../lib/domain/decision/decide';
import type { Decision } from '../../../lib/domain/decision/decision';
import { explainDecision } from '../../../lib/domain/decision/explain';
import { limitSecondsOf, lossBound } from '../../../lib/domain/decision/loss-bound';
import type { Snapshot } from '../../../lib/domain/decision/snapshot';
import { assessStillFailed } from '../../../lib/domain/decision/still-failed';
import type { Outcome, Place } from '../../../lib/domain/protocol/seat';
import { situationOf } from '../../../lib/domain/scenario/situation';
import {
  isCompared,
  kafkaOf,
  leading,
  objectsOf,
  redisOf,
  storeComponents,
  storesOf,
} from '../../../lib/domain/topology';
import type { Setting } from './world';
import {
  CALM_GRID,
  NOW_MS,
  replicationWith,
  seatWith,
  seenWithRedis,
  snapshotOf,
  seenWithKafka,
  seenWithObjects,
  withKafka,
  withObjects,
  withRedis,
  ZONE_LOSS_GRID,
} from './world';

interface RedisSetting extends Setting {
  readonly redis?: Partial<Place>;
  readonly redisIs?: Readonly<Record<string, string>>;
}

interface KafkaSetting extends RedisSetting {
  readonly kafka?: Partial<Place>;
  readonly kafkaIs?: Readonly<Record<string, string>>;
}

const both = (grid: string, setting: RedisSetting = {}): Snapshot => {
  const redis = { writer: 'az-a', eligible: 'az-b', cooldownUntilMs: 0, ...setting.redis };
  const snapshot = snapshotOf(grid, { ...setting, seat: { beside: { redis }, ...setting.seat } });
  const topology = withRedis(snapshot.topology);
  const observations = snapshot.observations.map((seen) => seenWithRedis(seen, setting.redisIs));
  return { ...snapshot, topology, observations };
};

/** Its primary shows no working standby, Redis' does. */
const POSTGRES_ALONE = CALM_GRID.replaceAll(/^( +az-[abc] +)o/gm, '$1s');

const inShort = ({ kind, operation, reasons }: Decision): string => {
  const { stores = [], mode, kind: what, from, to } = operation ?? {};
  const move = operation === null ? 'nothing' : `${mode} ${what} of ${stores.join('+')} ${from}→${to}`;
  return [kind, move, reasons.map(({ code }) => code).join('+')].join(' | ');
};

const failed = (stores: Outcome['stores']): Outcome => ({
  epoch: 6,
  kind: 'rejoin',
  stores,
  result: 'released',
  from: 'az-a',
  to: 'az-b',
  reason: 'it does not start',
  atMs: NOW_MS - 60_000,
});

//                   pg@a api@a host@a   pg@b api@b host@b   peer@c
const PG_B_LOST = `
  az-a     o    o     o        F    o     F        o
  az-b     o    o     o        o    o     o        o
  az-c     o    o     o        F    o     F        .
  region   .    o     .        .    o     .        .`;
const B_LOST = `
  az-a     o    o     o        F    F     F        o
  az-b     silent
  az-c     o    o     o        F    F     F        .
  region   .    o     .        .    F     .        .`;
const PG_A_FAILING = `
  az-a     o    o     o        o    o     o        o
  az-b     f    o     o        o    o     o        o
  az-c     f    o     o        o    o     o        .
  region   .    o     .        .    o     .        .`;
const PG_A_LOST = `
  az-a     o    o     o        o    o     o        o
  az-b     F    o     o        o    o     o        o
  az-c     F    o     o        o    o     o        .
  region   .    o     .        .    o     .        .`;
//                   pg@a api@a host@a   pg@b api@b host@b   peer@c
const API_A_LOST = `
  az-a     o    o     o        o    o     o        o
  az-b     o    F     o        o    o     o        o
  az-c     o    F     o        o    o     o        .
  region   .    F     .        .    o     .        .`;
const A_SILENT = `
  az-a     silent
  az-b     T    T     T        o    o     o        o
  az-c     T    T     T        o    o     o        .
  region   .    T     .        .    o     .        .`;
const A_LOSSY = `
  az-a     o    o     o        o    o     o        o
  az-b     l    l     l        o    o     o        l
  az-c     l    l     l        o    o     o        .
  region   .    o     .        .    o     .        .`;

describe('with Redis beside PostgreSQL', () => {
  it.each<[string, Snapshot, string]>([
    ['all is well', both(CALM_GRID), 'none | nothing | nothing-to-do'],
    [
      'the zone is lost: all that write there move',
      both(ZONE_LOSS_GRID),
      'failover | emergency failover of postgres+redis az-a→az-b | zone-loss',
    ],
    [
      'the zone is lost, Redis writes in the other one already',
      both(ZONE_LOSS_GRID, {
        redis: { writer: 'az-b', eligible: null, cooldownUntilMs: 0 },
        redisIs: { 'az-b': 'o' },
      }),
      'failover | emergency failover of postgres az-a→az-b | zone-loss',
    ],
    [
      'the zone is lost, Redis has no proven standby',
      both(ZONE_LOSS_GRID, { redis: { eligible: null } }),
      'failover | emergency failover of postgres az-a→az-b | zone-loss',
    ],
    [
      'the zone is lost, PostgreSQL has no proven standby: nothing moves without it',
      both(ZONE_LOSS_GRID, { seat: { eligible: null } }),
      'refuse | emergency failover of postgres+redis az-a→az-b | zone-loss+not-eligible+rpo-exceeded',
    ],
    [
      'PostgreSQL alone is lost: Redis, which answers, stays',
      both(PG_A_LOST, { redisIs: { 'az-a': 'o' } }),
      'failover | emergency failover of postgres az-a→az-b | postgres-primary-failure',
    ],
    [
      'PostgreSQL and Redis are lost in a zone that lives',
      both(PG_A_LOST, { redisIs: { 'az-a': 'F' } }),
      'failover | emergency failover of postgres+redis az-a→az-b | postgres-primary-failure',
    ],
    [
      'PostgreSQL has just moved: Redis, which has not, may',
      both(CALM_GRID, { seat: { cooldownUntilMs: NOW_MS + 1 }, redisIs: { 'az-a': 'F' } }),
      'failover | emergency failover of redis az-a→az-b | partial-service-failure',
    ],
    [
      'Redis has just moved',
      both(CALM_GRID, { redis: { cooldownUntilMs: NOW_MS + 1 }, redisIs: { 'az-a': 'F' } }),
      'hold | emergency failover of redis az-a→az-b | partial-service-failure+cooldown',
    ],
    [
      'Redis has just moved, and goes with PostgreSQL out of a lost zone',
      both(ZONE_LOSS_GRID, { redis: { cooldownUntilMs: NOW_MS + 1 } }),
      'failover | emergency failover of postgres+redis az-a→az-b | zone-loss',
    ],
    [
      'Redis alone is lost: it alone moves',
      both(CALM_GRID, { redisIs: { 'az-a': 'F' } }),
      'failover | emergency failover of redis az-a→az-b | partial-service-failure',
    ],
    [
      'Redis is lost and PostgreSQL about to be: waits for the whole',
      both(PG_A_FAILING, { redisIs: { 'az-a': 'F' } }),
      'hold | nothing | pending+no-remedy',
    ],
    [
      'Redis alone is lost, where PostgreSQL does not write',
      both(CALM_GRID, {
        redis: { writer: 'az-b', eligible: 'az-a', cooldownUntilMs: 0 },
        redisIs: { 'az-b': 'F' },
      }),
      'failover | emergency failover of redis az-b→az-a | partial-service-failure',
    ],
    [
      'Redis times out, the rest of the zone loses packets',
      both(A_LOSSY, { redisIs: { 'az-a': 'T' } }),
      'hold | nothing | lossy-path',
    ],
    [
      'the replica alone is lost',
      both(CALM_GRID, { redisIs: { 'az-b': 'F' } }),
      'act | emergency degrade of redis az-a→az-b | standby-loss',
    ],
    [
      'the primary of Redis shows no replica',
      both(CALM_GRID, { redisIs: { 'az-a': 's' } }),
      'act | emergency degrade of redis az-a→az-b | standby-loss',
    ],
    [
      'the standby of PostgreSQL alone is lost',
      both(PG_B_LOST, { redisIs: { 'az-b': 'o' } }),
      'act | emergency degrade of postgres az-a→az-b | standby-loss',
    ],
    [
      'both standbys are lost: one degrade',
      both(B_LOST),
      'act | emergency degrade of postgres+redis az-a→az-b | standby-loss',
    ],
    [
      'both are lost, and write in different zones: PostgreSQL first',
      both(B_LOST, { redis: { writer: 'az-b', eligible: 'az-a', cooldownUntilMs: 0 } }),
      'act | emergency degrade of postgres az-a→az-b | standby-loss',
    ],
    [
      'the replica is away, and known to be',
      both(CALM_GRID, { redis: { eligible: null }, redisIs: { 'az-b': 'F' } }),
      'act | planned rejoin of redis az-a→az-b | standby-returned',
    ],
    [
      'the other zone is away, and known to be',
      both(B_LOST, { seat: { eligible: null }, redis: { eligible: null } }),
      'hold | nothing | standby-loss',
    ],
    [
      'the other zone is back: one store after the other',
      both(CALM_GRID, { seat: { eligible: null }, redis: { eligible: null } }),
      'act | planned rejoin of postgres az-a→az-b | standby-returned',
    ],
    [
      'what could not rejoin lets the next one try',
      both(CALM_GRID, {
        seat: { eligible: null, lastOutcome: failed(['postgres']) },
        redis: { eligible: null },
      }),
      'act | planned rejoin of redis az-a→az-b | standby-returned',
    ],
    [
      'what could not rejoin is tried again when it is the only one',
      both(CALM_GRID, { seat: { lastOutcome: failed(['redis']) }, redis: { eligible: null } }),
      'act | planned rejoin of redis az-a→az-b | standby-returned',
    ],
    [
      'another store’s failed rejoin delays nothing',
      both(CALM_GRID, {
        seat: { lastOutcome: { ...failed(['postgres']), atMs: NOW_MS } },
        redis: { eligible: null },
      }),
      'act | planned rejoin of redis az-a→az-b | standby-returned',
    ],
    [
      'when each has failed, all of them pause',
      both(CALM_GRID, {
        seat: { eligible: null, lastOutcome: { ...failed(['redis']), atMs: NOW_MS } },
        redis: { eligible: null },
      }),
      'hold | planned rejoin of postgres az-a→az-b | standby-returned+backoff',
    ],
    [
      'a failed degrade delays no other store’s',
      both(POSTGRES_ALONE, {
        seat: { lastOutcome: { ...failed(['redis']), kind: 'degrade', atMs: NOW_MS } },
        redisIs: { 'az-a': 'o' },
      }),
      'act | emergency degrade of postgres az-a→az-b | standby-loss',
    ],
    [
      'its own delays the next try',
      both(CALM_GRID, {
        seat: { lastOutcome: { ...failed(['redis']), atMs: NOW_MS } },
        redis: { eligible: null },
      }),
      'hold | planned rejoin of redis az-a→az-b | standby-returned+backoff',
    ],
  ])('%s', (_what, snapshot, wanted) => {
    expect(inShort(decide(snapshot))).toBe(wanted);
  });

  it('says in words which store it is about', () => {
    const alone = decide(both(CALM_GRID, { redisIs: { 'az-a': 'F' } }));
    expect(explainDecision(alone).slice(0, 2).join('\n')).toMatch(
      /decision: failover, emergency failover of Redis from az-a to az-b.*\n.*Redis in az-a failed by the word of az-b, az-c, and no other store with it/,
    );
    const left = decide(both(ZONE_LOSS_GRID, { redis: { eligible: null } }));
    expect(left.reasons[0]?.sentence).toMatch(
      /; Redis stays: no standby is proven to hold what was acknowledged$/,
    );
    const refused = decide(both(CALM_GRID, { redis: { eligible: null }, redisIs: { 'az-a': 'F' } }));
    expect(refused.reasons[1]?.sentence).toMatch(/^az-b is not a proven synchronous standby of Redis /);
    const resting = { redis: { cooldownUntilMs: NOW_MS + 500 }, redisIs: { 'az-a': 'F' } };
    expect(decide(both(CALM_GRID, resting)).reasons[1]?.sentence).toMatch(
      /^a failover of Redis ended a short while ago; the cooldown has 0.5 s left/,
    );
    const replica = decide(both(CALM_GRID, { redisIs: { 'az-b': 'F' } }));
    expect(replica.reasons[0]?.sentence).toMatch(/^the standby of Redis in az-b failed/);
    const returned = decide(both(CALM_GRID, { redis: { eligible: null } }));
    expect(returned.reasons[0]?.sentence).toMatch(/ and is no standby of Redis yet$/);
    const away = decide(both(B_LOST, { seat: { eligible: 'az-b' }, redis: { eligible: null } }));
    expect(inShort(away)).toBe('act | emergency degrade of postgres az-a→az-b | standby-loss');
    const seat = { operation: { ...seatHeld, stores: ['redis'] as const } };
    expect(decide(both(ZONE_LOSS_GRID, { seat })).reasons[1]?.sentence).toMatch(
      /^the seat is held by the planned failover of Redis from az-a to az-b/,
    );
  });

  it('waits for Redis alone to have failed again, when it is what is accused', () => {
    const snapshot = both(CALM_GRID, { redisIs: { 'az-a': 'F' } });
    const decision = decide(snapshot);
    const assessed = (redisIs: Readonly<Record<string, string>>) =>
      assessStillFailed({
        topology: snapshot.topology,
        decision,
        voters: decision.voters,
        observations: both(CALM_GRID, { redisIs }).observations.map((seen) => ({ ...seen, round: 101 })),
      });
    expect(assessed({ 'az-a': 'F' })).toEqual({
      state: 'confirmed',
      sentence: 'redis in az-a failed again for az-b, az-c after the claim',
    });
    expect(assessed({}).sentence).toBe('redis in az-a answered az-b, az-c after the claim');
  });

  it('bounds the loss of each store that gates, by its own beacon', () => {
    const policy = { rpoGates: ['postgres', 'redis'] } as const;
    const waiver = { to: 'az-b', mode: 'emergency', reason: 'x', acceptLossSeconds: 1 } as const;
    const snapshot = both(CALM_GRID, { policy, seat: { eligible: null }, redis: { eligible: null } });
    const latest = (beaconAtMs: number) =>
      ({ state: 'ok', reason: null, latencyMs: 1, replication: replicationWith({ beaconAtMs }) }) as const;
    const aged = {
      ...snapshot,
      observations: snapshot.observations.map((seen) => ({
        ...seen,
        targets: seen.targets.map((target) => ({
          ...target,
          latest: latest(NOW_MS - (target.kind === 'redis' ? 5_000 : 500)),
        })),
      })),
    };
    const { reasons } = assessRequest(aged, waiver);
    expect(reasons.map(({ sentence }) => sentence)).toEqual([
      'up to 5 seconds of redis writes could be lost, the limit is 1: the newest beacon in az-b is 5 s old',
    ]);
    expect(assessRequest(aged, { ...waiver, acceptLossSeconds: 5 }).kind).toBe('failover');
    expect(assessRequest(aged, { ...waiver, only: ['postgres'] }).kind).toBe('failover');
    const bound = lossBound(situationOf(both(CALM_GRID)), {
      component: 'redis',
      to: 'az-b',
      mode: 'emergency',
      nowMs: NOW_MS,
    });
    expect(bound.boundSeconds).toBe(0);
  });
});

const seatHeld = {
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

const planned: OperationRequest = { to: 'az-b', mode: 'planned', reason: 'kernel update' };
const GO = 'failover | planned failover of';

describe('what a person asks of some stores', () => {
  it.each<[string, Snapshot, OperationRequest, string]>([
    ['all by default', both(CALM_GRID), planned, `${GO} postgres+redis az-a→az-b | requested`],
    ['one alone', both(CALM_GRID), { ...planned, only: ['redis'] }, `${GO} redis az-a→az-b | requested`],
    [
      'all that are not there yet',
      both(CALM_GRID, { redis: { writer: 'az-b', eligible: 'az-a', cooldownUntilMs: 0 } }),
      planned,
      `${GO} postgres az-a→az-b | requested`,
    ],
    [
      'one that the deployment does not have',
      snapshotOf(CALM_GRID),
      { ...planned, only: ['redis'] },
      'refuse | nothing | unknown-store',
    ],
    [
      'one that is there already',
      both(CALM_GRID, { redis: { writer: 'az-b', eligible: 'az-a', cooldownUntilMs: 0 } }),
      { ...planned, only: ['redis'] },
      'refuse | nothing | same-zone',
    ],
    ['all where they are', both(CALM_GRID), { ...planned, to: 'az-a' }, 'refuse | nothing | same-zone'],
    [
      'a store that does not answer cannot be paused',
      both(CALM_GRID, { redisIs: { 'az-a': 'F' } }),
      planned,
      'refuse | nothing | source-not-healthy',
    ],
    [
      'a target of the other store does not matter',
      both(CALM_GRID, { redisIs: { 'az-b': 'F' } }),
      { ...planned, only: ['postgres'] },
      `${GO} postgres az-a→az-b | requested`,
    ],
    [
      'a target that has failed',
      both(CALM_GRID, { redisIs: { 'az-b': 'F' } }),
      { ...planned, mode: 'emergency', only: ['redis'] },
      'refuse | nothing | target-not-healthy',
    ],
    [
      'one without a proven standby',
      both(CALM_GRID, { redis: { eligible: null } }),
      planned,
      'refuse | nothing | not-eligible',
    ],
    [
      'a degrade of whom it is about',
      both(CALM_GRID, { redis: { eligible: null } }),
      { ...planned, kind: 'degrade' },
      'act | planned degrade of postgres az-a→az-b | requested',
    ],
    [
      'a degrade of one that waits though nobody is eligible',
      both(CALM_GRID, { seat: { eligible: null }, redis: { eligible: null }, redisIs: { 'az-a': 's' } }),
      { ...planned, kind: 'degrade' },
      'act | planned degrade of redis az-a→az-b | requested',
    ],
    [
      'a degrade of nobody',
      both(CALM_GRID, { seat: { eligible: null }, redis: { eligible: null } }),
      { ...planned, kind: 'degrade' },
      'refuse | nothing | not-eligible+not-eligible',
    ],
    [
      'a rejoin of whom it is about',
      both(CALM_GRID, { redis: { eligible: null } }),
      { ...planned, kind: 'rejoin' },
      'act | planned rejoin of redis az-a→az-b | requested',
    ],
  ])('%s', (_what, snapshot, request, wanted) => {
    expect(inShort(assessRequest(snapshot, request))).toBe(wanted);
  });

  it('names the store that is there already', () => {
    const elsewhere = both(CALM_GRID, { redis: { writer: 'az-b', eligible: 'az-a', cooldownUntilMs: 0 } });
    const refused = assessRequest(elsewhere, { ...planned, only: ['redis'] });
    expect(refused.reasons[0]?.sentence).toBe(
      'az-b is already the writer of redis; there is nothing to move',
    );
    const unknown = assessRequest(snapshotOf(CALM_GRID), { ...planned, only: ['redis'] });
    expect(unknown.reasons[0]?.sentence).toBe('there is no redis; known are postgres');
  });
});

const three = (grid: string, { kafka = {}, kafkaIs, ...setting }: KafkaSetting = {}): Snapshot => {
  const snapshot = both(grid, setting);
  const place = { writer: 'az-a', eligible: 'az-b', cooldownUntilMs: 0, ...kafka };
  return {
    ...snapshot,
    topology: withKafka(snapshot.topology),
    seat: snapshot.seat && { ...snapshot.seat, beside: { ...snapshot.seat.beside, kafka: place } },
    observations: snapshot.observations.map((seen) => seenWithKafka(seen, kafkaIs)),
  };
};

describe('with Kafka, which elects by itself', () => {
  it.each<[string, Snapshot, string]>([
    ['all is well', three(CALM_GRID), 'none | nothing | nothing-to-do'],
    [
      'the zone is lost: its leaders are followed with the rest',
      three(ZONE_LOSS_GRID),
      'failover | emergency failover of postgres+redis+kafka az-a→az-b | zone-loss',
    ],
    [
      'the broker that leads is lost alone',
      three(CALM_GRID, { kafkaIs: { 'az-a': 'F' } }),
      'failover | emergency failover of kafka az-a→az-b | partial-service-failure',
    ],
    [
      'a broker that does not lead is lost: the others go on by themselves',
      three(CALM_GRID, { kafkaIs: { 'az-b': 'F' } }),
      'hold | nothing | no-remedy',
    ],
    [
      'the other zone is lost: what elects itself has no standby to give up',
      three(B_LOST),
      'act | emergency degrade of postgres+redis az-a→az-b | standby-loss',
    ],
  ])('%s', (_what, snapshot, wanted) => {
    expect(inShort(decide(snapshot))).toBe(wanted);
  });

  it.each<[string, Snapshot, OperationRequest, string]>([
    ['a move of all', three(CALM_GRID), planned, `${GO} postgres+redis+kafka az-a→az-b | requested`],
    [
      'a move of it alone',
      three(CALM_GRID),
      { ...planned, only: ['kafka'] },
      `${GO} kafka az-a→az-b | requested`,
    ],
    [
      'a degrade or rejoin of it',
      three(CALM_GRID),
      { ...planned, kind: 'degrade', only: ['kafka'] },
      'refuse | nothing | no-standby',
    ],
    [
      'a rejoin of whom it is about',
      three(CALM_GRID, { redis: { eligible: null } }),
      { ...planned, kind: 'rejoin' },
      'act | planned rejoin of redis az-a→az-b | requested',
    ],
  ])('%s', (_what, snapshot, request, wanted) => {
    expect(inShort(assessRequest(snapshot, request))).toBe(wanted);
  });

  it('loses nothing by a move, and says why', () => {
    const bound = lossBound(situationOf(three(CALM_GRID)), {
      component: 'kafka',
      to: 'az-b',
      mode: 'emergency',
      nowMs: NOW_MS,
    });
    expect(bound).toEqual({
      component: 'kafka',
      boundSeconds: 0,
      why: 'kafka elects among those that hold every acknowledged write',
    });
  });
});

interface ObjectsSetting extends KafkaSetting {
  readonly objects?: Partial<Place>;
  readonly objectsAre?: Readonly<Record<string, string>>;
  readonly beaconAgeMs?: number | null;
}

const four = (grid: string, setting: ObjectsSetting = {}): Snapshot => {
  const { objects = {}, objectsAre, beaconAgeMs, ...others } = setting;
  const snapshot = three(grid, others);
  const place = { writer: 'az-a', eligible: 'az-b', cooldownUntilMs: 0, ...objects };
  return {
    ...snapshot,
    topology: withObjects(snapshot.topology),
    seat: { ...snapshot.seat, beside: { ...snapshot.seat.beside, objects: place } },
    observations: snapshot.observations.map((seen) => seenWithObjects(seen, objectsAre, beaconAgeMs)),
  };
};

const tooOld = { beaconAgeMs: 300_001 };

describe('with objects, which acknowledge alone', () => {
  const allLost =
    'failover | emergency failover of postgres+redis+kafka+objects az-a→az-b | zone-loss+loss-stated';
  const othersLost = 'failover | emergency failover of postgres+redis+kafka az-a→az-b | zone-loss';
  it.each<[string, Snapshot, string]>([
    ['all is well', four(CALM_GRID), 'none | nothing | nothing-to-do'],
    ['the zone is lost: they move with the others', four(ZONE_LOSS_GRID), allLost],
    [
      'the zone is silent, and they were looked at for one round less than the others',
      four(A_SILENT, { objectsAre: { 'az-a': 'x' } }),
      allLost,
    ],
    ['at exactly their objective', four(ZONE_LOSS_GRID, { beaconAgeMs: 300_000 }), allLost],
    ['more than their objective is at stake: they stay', four(ZONE_LOSS_GRID, tooOld), othersLost],
    ['how much is at stake is not known', four(ZONE_LOSS_GRID, { beaconAgeMs: null }), othersLost],
    ['nobody follows', four(ZONE_LOSS_GRID, { objects: { eligible: null } }), othersLost],
    [
      'where they gate, the objective of all holds for them, too',
      four(ZONE_LOSS_GRID, { policy: { rpoGates: ['postgres', 'objects'] }, beaconAgeMs: 60_001 }),
      othersLost,
    ],
    [
      'where they gate and keep that',
      four(ZONE_LOSS_GRID, { policy: { rpoGates: ['postgres', 'objects'] }, beaconAgeMs: 60_000 }),
      allLost,
    ],
    [
      'they alone are lost: they alone move',
      four(CALM_GRID, { objectsAre: { 'az-a': 'F' } }),
      'failover | emergency failover of objects az-a→az-b | partial-service-failure+loss-stated',
    ],
    [
      'they alone are lost, and more than their objective is at stake',
      four(CALM_GRID, { objectsAre: { 'az-a': 'F' }, ...tooOld }),
      'refuse | emergency failover of objects az-a→az-b | partial-service-failure+rpo-exceeded',
    ],
    [
      'the writer shows no standby that it waits for: it waits for none',
      four(CALM_GRID, { objectsAre: { 'az-b': 'F' } }),
      'act | emergency degrade of objects az-a→az-b | standby-loss',
    ],
    [
      'the other zone is lost: they are degraded with the others',
      four(B_LOST),
      'act | emergency degrade of postgres+redis+objects az-a→az-b | standby-loss',
    ],
    [
      'the other zone is back',
      four(CALM_GRID, { objects: { eligible: null } }),
      'act | planned rejoin of objects az-a→az-b | standby-returned',
    ],
    [
      'the API alone is lost: what follows moves with it',
      four(API_A_LOST),
      'failover | planned failover of postgres+redis+kafka+objects az-a→az-b | partial-service-failure',
    ],
    [
      'the API alone is lost: objects that nobody follows do not keep it down',
      four(API_A_LOST, { objects: { eligible: null } }),
      'failover | planned failover of postgres+redis+kafka az-a→az-b | partial-service-failure',
    ],
  ])('%s', (_what, snapshot, wanted) => {
    expect(inShort(decide(snapshot))).toBe(wanted);
  });

  it('says why they stay, and what is refused', () => {
    expect(decide(four(ZONE_LOSS_GRID, tooOld)).reasons[0]?.sentence).toMatch(
      /; Objects stays: up to 300.001 seconds of it could be lost, its objective is 300: the newest beacon in az-b is 300.001 s old$/,
    );
    expect(decide(four(ZONE_LOSS_GRID, { beaconAgeMs: null })).reasons[0]?.sentence).toMatch(
      /; Objects stays: up to an unknown number of seconds of it could be lost, its objective is 300: no beacon of objects was found in az-b$/,
    );
    const nobody = { objects: { eligible: null }, objectsAre: { 'az-a': 'F' } };
    expect(decide(four(CALM_GRID, nobody)).reasons[1]?.sentence).toBe(
      'az-b is not a proven follower of Objects (eligible: none); promoting it could lose acknowledged writes',
    );
  });

  const emergency = { ...planned, mode: 'emergency' } as const;
  const alone = { ...emergency, only: ['objects'] } as const;
  it.each<[string, Snapshot, OperationRequest, string]>([
    [
      'a planned move of all',
      four(CALM_GRID),
      planned,
      `${GO} postgres+redis+kafka+objects az-a→az-b | requested`,
    ],
    [
      'a planned move waits for what is not there yet, however much it is',
      four(CALM_GRID, tooOld),
      { ...planned, only: ['objects'] },
      `${GO} objects az-a→az-b | requested`,
    ],
    [
      'an emergency within their objective',
      four(CALM_GRID),
      alone,
      'failover | emergency failover of objects az-a→az-b | requested+loss-stated',
    ],
    ['an emergency beyond it', four(CALM_GRID, tooOld), alone, 'refuse | nothing | rpo-exceeded'],
    [
      'at a price that is too low',
      four(CALM_GRID, tooOld),
      { ...alone, acceptLossSeconds: 300 },
      'refuse | nothing | rpo-exceeded',
    ],
    [
      'at a price',
      four(CALM_GRID, tooOld),
      { ...alone, acceptLossSeconds: 301 },
      'failover | emergency failover of objects az-a→az-b | requested+loss-stated',
    ],
    [
      'a price for Redis makes their own objective no less',
      four(CALM_GRID, { redis: { eligible: null } }),
      { ...emergency, acceptLossSeconds: 1 },
      'failover | emergency failover of postgres+redis+kafka+objects az-a→az-b | requested+loss-stated',
    ],
    [
      'a degrade of theirs',
      four(CALM_GRID),
      { ...planned, kind: 'degrade', only: ['objects'] },
      'act | planned degrade of objects az-a→az-b | requested',
    ],
  ])('%s', (_what, snapshot, request, wanted) => {
    expect(inShort(assessRequest(snapshot, request))).toBe(wanted);
  });

  it('states with the decision what an emergency may lose', () => {
    expect(decide(four(ZONE_LOSS_GRID)).reasons[1]).toEqual({
      code: 'loss-stated',
      sentence:
        'up to 6 seconds of objects writes may be lost, within the limit of 300: the newest beacon in az-b is 6 s old',
      numbers: { component: 'objects', boundSeconds: 6, limitSeconds: 300 },
    });
    const dear = { ...alone, acceptLossSeconds: 301 };
    expect(assessRequest(four(CALM_GRID, tooOld), dear).reasons[1]?.numbers).toMatchObject({
      boundSeconds: 300.001,
      limitSeconds: 301,
    });
  });

  it('bounds what an emergency loses by the beacon, and a planned move loses nothing', () => {
    const move = { component: 'objects', to: 'az-b', nowMs: NOW_MS } as const;
    const situation = situationOf(four(CALM_GRID));
    expect(lossBound(situation, { ...move, mode: 'emergency' })).toEqual({
      component: 'objects',
      boundSeconds: 6,
      why: 'the newest beacon in az-b is 6 s old',
    });
    expect(lossBound(situation, { ...move, mode: 'planned' })).toEqual({
      component: 'objects',
      boundSeconds: 0,
      why: 'a planned move waits until az-b has all of it',
    });
  });

  it('may lose nothing where no objective is known', () => {
    const { topology } = snapshotOf(CALM_GRID);
    expect(limitSecondsOf(topology, 'objects')).toBe(0);
    expect(limitSecondsOf(topology, 'redis')).toBe(60);
  });
});

describe('the stores of a deployment', () => {
  it('are PostgreSQL, and what is beside it', () => {
    const { topology } = snapshotOf(CALM_GRID);
    expect([storesOf(topology), redisOf(topology)]).toEqual([['postgres'], undefined]);
    expect(storesOf(withRedis(topology))).toEqual(['postgres', 'redis']);
    expect(redisOf(withRedis(topology))?.engine).toBe('replica');
    expect(storesOf(withKafka(topology))).toEqual(['postgres', 'kafka']);
    expect(storeComponents(withKafka(topology)).map(({ component }) => component)).toEqual([
      'postgres',
      'kafka',
    ]);
    expect(kafkaOf(withKafka(topology))?.topics).toEqual(['orders']);
    const all = withObjects(withKafka(withRedis(topology)));
    expect(storesOf(all)).toEqual(['postgres', 'redis', 'kafka', 'objects']);
    expect(storesOf(all).filter(isCompared)).toEqual(['postgres', 'redis', 'objects']);
    expect([objectsOf(all)?.bucket, objectsOf(topology)]).toEqual(['orders', undefined]);
    expect([leading([]), leading(['redis'])]).toEqual(['postgres', 'redis']);
  });
});

describe('a seat that is wrong about Redis', () => {
  it.each<[Partial<Place>, RegExp]>([
    [{ writer: 'az-x' }, /^the seat's writer of Redis "az-x" is none of the data zones az-a, az-b$/],
    [{ eligible: 'az-x' }, /^the seat's eligible standby of Redis "az-x" is none of the data zones/],
    [{ eligible: 'az-a' }, /^the seat names az-a as writer of Redis and as its own standby$/],
  ])('%j', (redis, sentence) => {
    const { kind, reasons } = decide(both(CALM_GRID, { redis }));
    expect({ kind, code: reasons[0]?.code }).toEqual({ kind: 'refuse', code: 'unknown-seat' });
    expect(reasons[0]?.sentence).toMatch(sentence);
  });

  it('is behind the engines when Redis alone knows a newer epoch', () => {
    const snapshot = both(CALM_GRID, {
      seat: seatWith({
        epoch: 7,
        beside: { redis: { writer: 'az-a', eligible: 'az-b', cooldownUntilMs: 0 } },
      }),
    });
    const observations = snapshot.observations.map((seen) => ({
      ...seen,
      targets: seen.targets.map((target) =>
        target.kind === 'redis' && target.zone === 'az-a'
          ? { ...target, latest: { ...target.latest, replication: replicationWith({ fenceEpoch: 8 }) } }
          : target,
      ),
    }));
    expect(decide({ ...snapshot, observations }).reasons[0]?.sentence).toMatch(
      /^the seat is at epoch 7 and redis in az-a at 8: the state table was restored/,
    );
  });
});

import type { HeldSeat, Operation, Outcome, Place } from '../../../lib/domain/protocol/seat';
import { OperationKind, Phase } from '../../../lib/domain/protocol/seat';
import type { SeatEvent } from '../../../lib/domain/protocol/transitions';
import { TRANSITIONS } from '../../../lib/domain/protocol/transitions';
import { guardedPatch } from '../../../lib/domain/protocol/walk';
import { NOW_MS, seatWith } from '../decision/world';

const operationAt = (changes: Partial<Operation> = {}): Operation => ({
  kind: 'failover',
  epoch: 8,
  stores: ['postgres'],
  from: 'az-a',
  to: 'az-b',
  mode: 'emergency',
  trigger: 'witness',
  reason: 'nothing of az-a answers',
  phase: 'claimed',
  progress: 3,
  claimedAtMs: 1,
  progressAtMs: 2,
  acceptLossSeconds: null,
  eligibleBefore: { postgres: 'az-b' },
  execution: 'orders-e8',
  ...changes,
});

const outcome: Outcome = {
  epoch: 8,
  kind: 'failover',
  stores: ['postgres'],
  result: 'completed',
  from: 'az-a',
  to: 'az-b',
  reason: 'done',
  atMs: NOW_MS,
};

const hold = { how: 'paused', by: 'ana', reason: 'r', sinceMs: NOW_MS, request: 'orders-s-1' } as const;

/** Each guard as `name path op values`, and what the seat is set to. */
const rowOf = (event: SeatEvent) => {
  const { guards, patch } = guardedPatch(event);
  return { guards: guards.map(({ name, values }) => [name, ...values].join(' ')), patch };
};

const claim = (changes: Partial<Operation>, overrideCooldown = false) =>
  rowOf({
    type: 'claim',
    seen: seatWith(),
    operation: operationAt(changes),
    nowMs: NOW_MS,
    overrideCooldown,
  });

const COMMON = ['epochIs 7', 'seatIsFree ', 'writerIs az-a'];

describe('a claim', () => {
  it('of a failover needs the standby, the cooldown over and another zone; it takes the next epoch', () => {
    const { guards, patch } = claim({});
    expect(guards).toEqual([...COMMON, 'writerIsNot az-b', `cooldownOver ${NOW_MS}`, 'eligibleIs az-b']);
    expect(patch).toEqual({ epoch: 8, operation: operationAt() });
  });

  it('of a rollback is guarded like a failover', () => {
    expect(claim({ kind: 'rollback' }).guards).toEqual(claim({}).guards);
  });

  it('drops the cooldown alone when a person overrides it', () => {
    expect(claim({}, true).guards).toEqual([...COMMON, 'writerIsNot az-b', 'eligibleIs az-b']);
  });

  it('drops the standby alone when a person waives it (§3b.7)', () => {
    const { guards } = claim({ acceptLossSeconds: 0, eligibleBefore: { postgres: null } });
    expect(guards).toEqual([...COMMON, 'writerIsNot az-b', `cooldownOver ${NOW_MS}`]);
  });

  it('of a degrade says "not eligible" in the same write (I8), and waits for no cooldown', () => {
    const { guards, patch } = claim({ kind: 'degrade' });
    expect(guards).toEqual([...COMMON, 'eligibleIs az-b']);
    expect(patch).toEqual({ epoch: 8, operation: operationAt({ kind: 'degrade' }), eligible: null });
  });

  it('of a rejoin needs that nobody is eligible', () => {
    const { guards, patch } = claim({ kind: 'rejoin' });
    expect(guards).toEqual([...COMMON, 'eligibleIs ', 'notHeld ']);
    expect(patch).toEqual({ epoch: 8, operation: operationAt({ kind: 'rejoin' }) });
  });

  it('of a rejoin that makes the standby anew needs the proven one, and says "not eligible" in the same write (I8)', () => {
    const anew = { kind: 'rejoin', rebuild: { keep: true } } as const;
    const { guards, patch } = claim(anew);
    expect(guards).toEqual([...COMMON, 'eligibleIs az-b']);
    expect(patch).toEqual({ epoch: 8, operation: operationAt(anew), eligible: null });
  });

  it('of a rejoin from nothing goes over a mark, which the proof takes away', () => {
    const { guards } = claim({ kind: 'rejoin', anew: true });
    expect(guards).toEqual([...COMMON, 'eligibleIs ']);
    const operation = operationAt({ kind: 'rejoin', anew: true });
    const marked = { ...seatWith({ epoch: 8, eligible: null, hold }), operation };
    const event = { type: 'commit-rejoin', epoch: 8, seen: marked, standby: 'az-b', outcome } as const;
    expect(guardedPatch(event).patch).toMatchObject({ eligible: 'az-b', hold: null, operation: null });
    const unmarked = { ...event, seen: { ...marked, hold: null } };
    expect(guardedPatch(unmarked).patch).not.toHaveProperty('hold');
  });

  it('of a degrade that a person holds says so in the same write', () => {
    expect(claim({ kind: 'degrade', hold }).patch).toMatchObject({ epoch: 8, eligible: null, hold });
  });
});

describe('the end of a hold', () => {
  it('takes away the mark that was seen, of that store alone', () => {
    const redis = { writer: 'az-a', eligible: null, cooldownUntilMs: 0, hold };
    const marked = seatWith({ hold, eligible: null, beside: { redis } });
    const event = { type: 'end-hold', seen: marked, store: 'redis', request: 'orders-s-1' } as const;
    const { guards, patch } = guardedPatch(event);
    expect(guards.map(({ name }) => name)).toEqual(['epochIs', 'seatIsFree', 'isHeldBy']);
    expect(patch).toEqual({ beside: { redis: { ...redis, hold: null } } });
  });
});

const seen = operationAt();
const moved = (phase: Operation['phase']) => ({ ...seen, phase, progress: 4, progressAtMs: NOW_MS });
const at = { epoch: 8, seen, nowMs: NOW_MS } as const;
const seat = { ...seatWith({ epoch: 8 }), operation: seen };

describe('a step of an operation', () => {
  it('advances from the phases it may come from, and counts', () => {
    expect(rowOf({ type: 'advance', ...at, from: ['claimed', 'prepared'], to: 'prepared' })).toEqual({
      guards: ['operationIs 8', 'phaseIn claimed prepared', 'progressIs 3'],
      patch: { operation: moved('prepared') },
    });
  });

  it('switches the writer and takes away who is eligible, in one write (§3b.2)', () => {
    expect(rowOf({ type: 'switch-writer', ...at, seen: seat, stores: ['postgres'] })).toEqual({
      guards: ['operationIs 8', 'phaseIn switching', 'progressIs 3'],
      patch: { writer: 'az-b', eligible: null, operation: moved('switched') },
    });
  });

  it('admits only what was switched (I7)', () => {
    expect(rowOf({ type: 'admit', ...at })).toEqual({
      guards: ['operationIs 8', 'phaseIn switched', 'progressIs 3'],
      patch: { operation: moved('admitted') },
    });
  });

  it('puts on record that a guard said no, before anybody acts on it', () => {
    const breach = { reason: '12 of 20 requests failed', traffic: 'back' } as const;
    expect(rowOf({ type: 'breach', ...at, breach })).toEqual({
      guards: ['operationIs 8', 'phaseIn admitted', 'progressIs 3'],
      patch: { operation: { ...moved('admitted'), breach } },
    });
  });

  it('is taken over at a new epoch, from any phase (§3b.1)', () => {
    expect(rowOf({ type: 'take-over', seen, phase: 'undoing', nowMs: NOW_MS })).toEqual({
      guards: ['operationIs 8', 'progressIs 3'],
      patch: { epoch: 9, operation: { ...moved('undoing'), epoch: 9 } },
    });
  });
});

describe('an end of an operation', () => {
  it.each([
    ['failover', ['admitted']],
    ['rollback', ['admitted']],
    ['degrade', ['claimed', 'prepared']],
  ] as const)('commits a %s from %j, and sets the cooldown', (kind, phases) => {
    const ended = { ...outcome, kind };
    expect(rowOf({ type: 'commit', epoch: 8, seen: seat, outcome: ended, cooldownUntilMs: 99 })).toEqual({
      guards: ['operationIs 8', ['phaseIn', ...phases].join(' '), 'progressIs 3'],
      patch: { operation: null, lastOutcome: ended, cooldownUntilMs: 99 },
    });
  });

  it.each([
    ['left where it was, when it is no concern of the operation', {}],
    ['with the writer', { traffic: null }],
    ['elsewhere, and no balance of the zones’ health', { traffic: { 'az-a': 100, 'az-b': 0 } }],
  ])('says where the traffic is: %s', (_what, traffic) => {
    const event = { type: 'commit', epoch: 8, seen: seat, outcome, cooldownUntilMs: 99, ...traffic } as const;
    expect(rowOf(event).patch).toEqual({
      operation: null,
      lastOutcome: outcome,
      cooldownUntilMs: 99,
      ...traffic,
      ...('traffic' in traffic ? { balancedAtMs: null } : {}),
    });
  });

  it('of a rejoin makes the standby eligible, and nothing else does', () => {
    expect(rowOf({ type: 'commit-rejoin', epoch: 8, seen: seat, standby: 'az-a', outcome })).toEqual({
      guards: ['operationIs 8', 'phaseIn prepared'],
      patch: { operation: null, eligible: 'az-a', lastOutcome: outcome },
    });
  });

  it('gives the seat back without a cooldown (§3b.17)', () => {
    const event = {
      type: 'release',
      epoch: 8,
      from: ['undoing'],
      seen: seat,
      eligible: { postgres: 'az-b' },
      outcome,
    } as const;
    expect(rowOf(event)).toEqual({
      guards: ['operationIs 8', 'phaseIn undoing'],
      patch: { operation: null, writer: 'az-a', eligible: 'az-b', lastOutcome: outcome },
    });
  });
});

describe('an operation of more than one store', () => {
  const two = { stores: ['postgres', 'redis'] } as const;
  const placed = { redis: { writer: 'az-a', eligible: 'az-b', cooldownUntilMs: 0 } };
  const both = { ...seatWith({ epoch: 8, beside: placed }), operation: operationAt(two) };
  const redisMoved = { redis: { writer: 'az-b', eligible: null, cooldownUntilMs: 0 } };

  it('is claimed only when every store writes where it is said to, and has the target for its standby', () => {
    const event = { type: 'claim', seen: both, nowMs: NOW_MS, overrideCooldown: true } as const;
    const { guards } = guardedPatch({ ...event, operation: operationAt(two) });
    expect(guards.map(({ name, path }) => `${name} ${path}`)).toEqual([
      'epochIs epoch',
      'seatIsFree operation',
      'writerIs writer',
      'writerIs beside.redis.writer',
      'writerIsNot writer',
      'writerIsNot beside.redis.writer',
      'eligibleIs eligible',
      'eligibleIs beside.redis.eligible',
    ]);
    expect(guards.slice(3).map(({ refusal }) => refusal.sentence)).toEqual([
      'az-a is no longer the writer of redis',
      'az-b is already the writer; there is nothing to move',
      'az-b is already the writer of redis; there is nothing to move',
      expect.stringMatching(/^az-b is not a proven synchronous standby; /) as string,
      expect.stringMatching(/^az-b is not a proven synchronous standby of redis; /) as string,
    ]);
  });

  it('with a waiver still needs the standby of the store that has one', () => {
    const operation = operationAt({
      ...two,
      acceptLossSeconds: 5,
      eligibleBefore: { postgres: 'az-b', redis: null },
    });
    const { guards } = guardedPatch({
      type: 'claim',
      seen: both,
      operation,
      nowMs: NOW_MS,
      overrideCooldown: true,
    });
    expect(guards.filter(({ name }) => name === 'eligibleIs').map(({ path }) => path)).toEqual(['eligible']);
  });

  it('of one beside PostgreSQL leaves PostgreSQL as it is, from the claim to the end', () => {
    const ofRedis = operationAt({ kind: 'degrade', stores: ['redis'] });
    const alone = { ...both, operation: ofRedis };
    const claimed = { type: 'claim', seen: both, nowMs: NOW_MS, overrideCooldown: false } as const;
    expect(rowOf({ ...claimed, operation: ofRedis }).patch).toEqual({
      epoch: 9,
      operation: ofRedis,
      beside: { redis: { writer: 'az-a', eligible: null, cooldownUntilMs: 0 } },
    });
    const end = { epoch: 8, seen: alone, outcome } as const;
    expect(rowOf({ type: 'commit-rejoin', ...end, standby: 'az-b' }).patch).toEqual({
      operation: null,
      lastOutcome: outcome,
      beside: placed,
    });
    expect(rowOf({ type: 'release', from: ['claimed'], ...end, eligible: {} }).patch).toEqual({
      operation: null,
      lastOutcome: outcome,
      beside: { redis: { writer: 'az-a', eligible: null, cooldownUntilMs: 0 } },
    });
  });

  it('is switched store by store: the last one ends the phase', () => {
    const event = { type: 'switch-writer', ...at } as const;
    const first = rowOf({ ...event, seen: both, stores: ['redis'] }).patch;
    expect(first).toEqual({ beside: redisMoved, operation: { ...moved('switching'), ...two } });
    const then = { ...both, beside: redisMoved };
    expect(rowOf({ ...event, seen: then, stores: ['postgres'] }).patch).toEqual({
      writer: 'az-b',
      eligible: null,
      operation: { ...moved('switched'), ...two },
    });
    expect(rowOf({ ...event, seen: both, stores: two.stores }).patch).toEqual({
      writer: 'az-b',
      eligible: null,
      beside: redisMoved,
      operation: { ...moved('switched'), ...two },
    });
  });

  it('gives up the standby of all its stores', () => {
    expect(rowOf({ type: 'give-up-standby', ...at, seen: both }).patch).toMatchObject({
      eligible: null,
      beside: { redis: { writer: 'az-a', eligible: null, cooldownUntilMs: 0 } },
    });
  });

  it('after a restored table each store is where the engines show it, with nobody eligible', () => {
    const writers = { postgres: 'az-b', redis: 'az-a' };
    const { patch } = rowOf({ type: 'reseat', seen: both, enginesEpoch: 9, writers });
    expect(patch).toMatchObject({
      writer: 'az-b',
      eligible: null,
      beside: { redis: { writer: 'az-a', eligible: null, cooldownUntilMs: 0 } },
    });
  });
});

describe('traffic that a guard left elsewhere', () => {
  it('is with the writer again by a person’s word, while nothing holds the seat', () => {
    const left = seatWith({ traffic: { 'az-a': 0, 'az-b': 100 } });
    expect(rowOf({ type: 'follow-traffic', seen: left })).toEqual({
      guards: ['epochIs 7', 'seatIsFree '],
      patch: { traffic: null, balancedAtMs: null },
    });
  });
});

describe('traffic that follows the health of the zones', () => {
  it('is in the seat, with its instant, while nothing holds that', () => {
    const traffic = { 'az-a': 0, 'az-b': 100 };
    expect(rowOf({ type: 'balance-traffic', seen: seatWith(), traffic, nowMs: 5 })).toEqual({
      guards: ['epochIs 7', 'seatIsFree '],
      patch: { traffic, balancedAtMs: 5 },
    });
  });
});

describe('a store that elects by itself', () => {
  const withKafka = (kafka: Place, changes: Partial<Operation> = {}): HeldSeat => ({
    ...seatWith({ epoch: 8, beside: { kafka } }),
    operation: operationAt({ stores: ['kafka'], ...changes }),
  });
  const here = { writer: 'az-a', eligible: 'az-b', cooldownUntilMs: 0 };
  const there = { writer: 'az-b', eligible: 'az-a', cooldownUntilMs: 0 };

  it('may go back as soon as it has moved: there is no standby to prove', () => {
    const event = { type: 'switch-writer', epoch: 8, nowMs: NOW_MS, stores: ['kafka'] } as const;
    expect(rowOf({ ...event, seen: withKafka(here) }).patch.beside).toEqual({ kafka: there });
  });

  it('loses its other zone neither by an undoing nor by what is given back', () => {
    const seen = withKafka(here, { phase: 'undoing' });
    expect(rowOf({ type: 'give-up-standby', epoch: 8, seen, nowMs: NOW_MS }).patch.beside).toEqual({
      kafka: here,
    });
    const event = { type: 'release', epoch: 8, from: ['undoing'], eligible: {}, outcome } as const;
    expect(rowOf({ ...event, seen: withKafka(there, { phase: 'undoing' }) }).patch.beside).toEqual({
      kafka: here,
    });
  });

  it('is followed after a restored table, and may still go to the other zone', () => {
    const event = { type: 'reseat', seen: withKafka(here), enginesEpoch: 9 } as const;
    const placed = (kafka: string) =>
      rowOf({ ...event, writers: { postgres: 'az-a', kafka } }).patch.beside?.kafka;
    expect([placed('az-b'), placed('az-a')]).toEqual([there, here]);
  });

  it('may move at once when it is added', () => {
    expect(
      rowOf({ type: 'add-store', seen: seatWith(), store: 'kafka', other: 'az-b' }).patch.beside,
    ).toEqual({ kafka: here });
  });
});

describe('the cooldown', () => {
  it('is of the stores that moved', () => {
    const placed = { redis: { writer: 'az-a', eligible: 'az-b', cooldownUntilMs: 0 } };
    const seen = { ...seatWith({ epoch: 8, beside: placed }), operation: operationAt({ stores: ['redis'] }) };
    const of = (stores: Outcome['stores']) =>
      rowOf({ type: 'commit', epoch: 8, seen, outcome: { ...outcome, stores }, cooldownUntilMs: 99 }).patch;
    const after = { operation: null, lastOutcome: { ...outcome, stores: ['redis'] } };
    expect(of(['redis'])).toEqual({
      ...after,
      beside: { redis: { ...placed.redis, cooldownUntilMs: 99 } },
    });
    expect(of(['postgres'])).toMatchObject({ cooldownUntilMs: 99 });
    expect(of(['postgres']).beside).toBeUndefined();
  });

  it('of a claim is that of the store that leads it', () => {
    const claimed = (stores: Outcome['stores']) => {
      const operation = operationAt({ stores });
      const event = { type: 'claim', seen: seatWith(), nowMs: NOW_MS, overrideCooldown: false } as const;
      const { guards } = guardedPatch({ ...event, operation });
      return guards.filter(({ name }) => name === 'cooldownOver').map(({ path }) => path);
    };
    expect([claimed(['postgres', 'redis']), claimed(['redis'])]).toEqual([
      ['cooldownUntilMs'],
      ['beside.redis.cooldownUntilMs'],
    ]);
  });

  it('is left as it is by what starts none', () => {
    const event = { type: 'commit', epoch: 8, seen: seat, outcome, cooldownUntilMs: null } as const;
    expect(rowOf(event).patch).toEqual({ operation: null, lastOutcome: outcome });
  });
});

describe('a store that is added', () => {
  it('begins beside PostgreSQL, unproven', () => {
    expect(rowOf({ type: 'add-store', seen: seatWith(), store: 'redis', other: 'az-b' })).toEqual({
      guards: ['epochIs 7', 'seatIsFree '],
      patch: { beside: { redis: { writer: 'az-a', eligible: null, cooldownUntilMs: 0 } } },
    });
  });
});

describe('a drill', () => {
  const drill = { id: 'd1', zone: 'az-a', untilMs: 5 };
  it('begins on a free seat, once, and changes nothing but itself (I11)', () => {
    expect(rowOf({ type: 'begin-drill', drill })).toEqual({
      guards: ['seatIsFree ', 'noDrill '],
      patch: { drill },
    });
  });
  it('ends by its id, whatever runs', () => {
    expect(rowOf({ type: 'end-drill', drillId: 'd1' })).toEqual({
      guards: ['drillIs d1'],
      patch: { drill: null },
    });
  });
});

describe('the table', () => {
  const rows = Object.entries(TRANSITIONS);
  const known: readonly string[] = [...Object.values(Phase), 'idle', 'as given'];

  it.each(rows)('%s: is filed under its event, says why, and names phases that there are', (name, row) => {
    expect(row.event).toBe(name);
    expect(row.why.length).toBeGreaterThan(30);
    expect(row.from.length).toBeGreaterThan(0);
    for (const phase of [...row.from, row.to]) expect(known).toContain(phase);
  });

  it('lets an operation be undone from every phase up to the switch, and taken over from every one', () => {
    expect(TRANSITIONS['take-over'].from).toEqual(Object.values(Phase));
    expect(TRANSITIONS.release.from).toEqual(['claimed', 'prepared', 'undoing']);
    expect(TRANSITIONS.commit.from).toEqual(['claimed', 'admitted']);
    expect(TRANSITIONS.advance.from).toEqual(['claimed', 'prepared', 'fenced', 'switching', 'admitted']);
    expect([TRANSITIONS.claim.from, TRANSITIONS.claim.to]).toEqual([['idle'], 'claimed']);
    expect([TRANSITIONS['begin-drill'].from, TRANSITIONS['begin-drill'].to]).toEqual([['idle'], 'idle']);
    expect(TRANSITIONS['end-drill'].from).toEqual(['idle', ...Object.values(Phase)]);
    expect([TRANSITIONS.commit.to, TRANSITIONS.release.to, TRANSITIONS['commit-rejoin'].to]).toEqual([
      'idle',
      'idle',
      'idle',
    ]);
    expect([TRANSITIONS['switch-writer'].to, TRANSITIONS.admit.to]).toEqual(['switched', 'admitted']);
    expect(Object.values(OperationKind)).toHaveLength(4);
  });
});

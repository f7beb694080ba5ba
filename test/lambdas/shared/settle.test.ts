import { settle } from '../../../lambdas/shared/settle';
import { Unreachable } from '../../../lib/domain/errors';
import type { Operation, Seat } from '../../../lib/domain/protocol/seat';
import { seatWith } from '../../domain/decision/world';
import type { World } from '../ports';
import { createHeldWorld, operationAt, rejectionOf } from '../ports';

const EPOCH = 8;
const effect = { epoch: EPOCH, deadlineMs: 1_000 };

/** Brings the stores to where an operation in this phase has them. */
const REACHED: Readonly<Record<Operation['phase'], (world: World, operation: Operation) => Promise<void>>> = {
  claimed: async () => undefined,
  prepared: async () => undefined,
  fenced: async ({ ports }, { from, mode }) =>
    void (await ports.postgres.fence(from, { mode, standbyEligible: true }, effect)),
  switching: async (world, operation) => REACHED.fenced(world, operation),
  switched: async (world, operation) => {
    await REACHED.fenced(world, operation);
    await world.ports.postgres.ensureWriterIn(operation.to, effect);
  },
  admitted: async (world, operation) => {
    await REACHED.switched(world, operation);
    await world.ports.postgres.admitWrites(operation.to, effect);
  },
  undoing: async (world, operation) => REACHED.fenced(world, operation),
};

const hasSwitched = (phase: Operation['phase']): boolean => phase === 'switched' || phase === 'admitted';

const worldIn = async (changes: Partial<Operation>, seat: Partial<Seat> = {}): Promise<World> => {
  const operation = operationAt(EPOCH, changes);
  const moved = hasSwitched(operation.phase) ? { writer: operation.to, eligible: null } : {};
  const world = await createHeldWorld(operation, { ...moved, ...seat });
  await REACHED[operation.phase](world, operation);
  return world;
};

type Circumstance = (world: World) => void | Promise<void>;

const well: Circumstance = () => undefined;
const oldSideLost: Circumstance = (world) => world.lose('az-a');
const targetLost: Circumstance = (world) => world.lose('az-b');
const targetStopped: Circumstance = ({ servers }) => servers.kill('az-b');
const bothStopped: Circumstance = ({ servers }) => {
  servers.kill('az-a');
  servers.kill('az-b');
};
const promoted: Circumstance = ({ ports }) => ports.postgres.ensureWriterIn('az-b', effect);
const targetApiDown: Circumstance = ({ down }) => void down.api.add('az-b');
const hostSilent: Circumstance = ({ servers }) => servers.silenceHost('az-b');
/** The old side is gone, and its newest beacon at the target is three seconds old. */
const lostAfterBeacon: Circumstance = async (world) => {
  await world.ports.postgres.beacon('az-a', (await world.ports.store.nowMs()) - 3_000, 100);
  world.lose('az-a');
};
const unverified: Circumstance = ({ ports }) => {
  const verify = async () => ({ ok: false, findings: ['the fence row names nobody'], numbers: {} });
  Object.assign(ports.postgres, { verify });
};
const notNamed: Circumstance = ({ ports }) => {
  Object.assign(ports.traffic, { current: async () => ({ 'az-a': 100, 'az-b': 0 }) });
};
const noRoute53: Circumstance = ({ ports }) => {
  const shift = () => Promise.reject(new Unreachable('Route 53 did not change orders within 10000 ms'));
  Object.assign(ports.traffic, { shift });
};

const DIED = 'execution orders-e8 is failed';
const UNFIT = 'VerificationFailed: the data in az-b did not verify';

interface Ends {
  readonly result: 'completed' | 'rolled-back' | 'released' | 'failed';
  readonly writer: string;
  readonly eligible: string | null;
  /** Who acknowledges a write afterwards. */
  readonly serves: readonly string[];
}

const movedOn: Ends = { result: 'completed', writer: 'az-b', eligible: null, serves: ['az-b'] };
const backToSync: Ends = { result: 'rolled-back', writer: 'az-a', eligible: 'az-b', serves: ['az-a'] };
const backAlone: Ends = { result: 'rolled-back', writer: 'az-a', eligible: null, serves: ['az-a'] };
const givenBack: Ends = { result: 'released', writer: 'az-a', eligible: 'az-b', serves: ['az-a'] };
const stayed: Ends = { result: 'failed', writer: 'az-b', eligible: null, serves: ['az-b'] };

type Row = readonly [
  phase: Operation['phase'],
  mode: Operation['mode'],
  what: string,
  circumstance: Circumstance,
  why: string,
  ends: Ends,
];

const ENDS: readonly Row[] = [
  ['claimed', 'emergency', 'all is well', well, DIED, givenBack],
  ['claimed', 'planned', 'all is well', well, DIED, givenBack],
  ['prepared', 'planned', 'all is well', well, DIED, givenBack],
  ['fenced', 'planned', 'all is well', well, DIED, backToSync],
  ['fenced', 'emergency', 'the old side lives', well, DIED, backToSync],
  ['fenced', 'planned', 'the old side is gone', oldSideLost, DIED, movedOn],
  ['fenced', 'emergency', 'the old side is gone', oldSideLost, DIED, movedOn],
  ['fenced', 'planned', 'the target has stopped', targetStopped, DIED, backAlone],
  ['fenced', 'planned', 'the target and its host are silent', targetLost, DIED, backAlone],
  ['fenced', 'planned', 'somebody promoted the target', promoted, DIED, movedOn],
  ['switching', 'planned', 'the target and its host are silent', targetLost, DIED, backAlone],
  ['switched', 'planned', 'unverified, the target and its host are silent', targetLost, UNFIT, backAlone],
  ['switching', 'planned', 'nothing was promoted yet', well, DIED, movedOn],
  ['switching', 'planned', 'the target was promoted', promoted, DIED, movedOn],
  ['switching', 'planned', 'the target has stopped', targetStopped, DIED, backAlone],
  ['switching', 'planned', 'the old side is gone', oldSideLost, DIED, movedOn],
  ['switching', 'emergency', 'the old side is gone', oldSideLost, DIED, movedOn],
  ['switching', 'emergency', 'the old side is back, the target has stopped', targetStopped, DIED, backAlone],
  ['switched', 'planned', 'all is well', well, DIED, movedOn],
  ['switched', 'planned', 'its verification failed', well, UNFIT, backAlone],
  ['switched', 'planned', 'its verification fails on the way forward', unverified, DIED, backAlone],
  ['switched', 'planned', 'its API does not answer', targetApiDown, DIED, backAlone],
  ['switched', 'planned', 'the target has stopped', targetStopped, DIED, backAlone],
  ['switched', 'emergency', 'the old side is gone', oldSideLost, DIED, movedOn],
  ['switched', 'emergency', 'the old side is back, the target has stopped', targetStopped, DIED, backAlone],
  ['switched', 'emergency', 'its verification failed once', oldSideLost, UNFIT, movedOn],
  ['admitted', 'planned', 'all is well', well, DIED, movedOn],
  ['admitted', 'emergency', 'the old side is gone', oldSideLost, DIED, movedOn],
  ['admitted', 'planned', 'its service did not verify', well, UNFIT, stayed],
  ['admitted', 'planned', 'its service does not verify now either', notNamed, DIED, stayed],
  ['undoing', 'planned', 'all is well', well, DIED, backToSync],
  ['undoing', 'planned', 'the old side is gone', oldSideLost, DIED, movedOn],
];

const settleIn = (world: World, why: string) => settle(world.ports, EPOCH, why);

const servesNow = ({ servers }: World): readonly string[] =>
  ['az-a', 'az-b'].filter((zone) => servers.write(zone, `after-${zone}`) === 'acknowledged');

describe('a move that is settled', () => {
  it.each(ENDS)('%s, %s, %s', async (...[phase, mode, , circumstance, why, ends]) => {
    const world = await worldIn({ phase, mode });
    await circumstance(world);
    const { result } = await settleIn(world, why);
    const { writer, eligible, operation, lastOutcome } = await world.seatNow();
    expect({ result, writer, eligible, serves: servesNow(world) }).toEqual(ends);
    expect(operation).toBeNull();
    expect(lastOutcome).toMatchObject({ result: ends.result, from: 'az-a', to: 'az-b' });
  });

  it.each(ENDS.filter(([, , , , , { result }]) => result === 'rolled-back' || result === 'released'))(
    '%s, %s, %s: starts no cooldown',
    async (...[phase, mode, , circumstance, why]) => {
      const world = await worldIn({ phase, mode });
      await circumstance(world);
      await settleIn(world, why);
      expect((await world.seatNow()).cooldownUntilMs).toBe(0);
    },
  );

  it('takes a new epoch before its first effect', async () => {
    const world = await worldIn({ phase: 'fenced', mode: 'planned' });
    await settleIn(world, DIED);
    expect((await world.seatNow()).epoch).toBe(EPOCH + 1);
    const late = await rejectionOf(world.ports.postgres.ensureWriterIn('az-b', effect));
    expect(late.name).toBe('StaleEpoch');
  });

  it('moves the traffic when it goes forward', async () => {
    const world = await worldIn({ phase: 'admitted' });
    await settleIn(world, DIED);
    expect(await world.ports.traffic.current(1)).toEqual({ 'az-a': 0, 'az-b': 100 });
  });

  it('says in the outcome why it went back', async () => {
    const world = await worldIn({ phase: 'switched', mode: 'planned' });
    targetApiDown(world);
    const { reason } = await settleIn(world, DIED);
    expect(reason).toMatch(
      /^execution orders-e8 is failed; then DeadlineExceeded: az-b is not healthy as writer/,
    );
  });
});

describe('a planned move whose guard said no', () => {
  const breached = (traffic: 'back' | 'hold') =>
    worldIn({
      phase: 'admitted',
      mode: 'planned',
      breach: { reason: '12 of 20 requests failed; it goes back to az-a', traffic },
    });
  const home = { 'az-a': 100, 'az-b': 0 };
  const shared = { 'az-a': 75, 'az-b': 25 };
  const trafficNow = ({ ports }: World) => ports.traffic.current(1);

  it('keeps its writer, sends the traffic back, and ends as failed with the reason', async () => {
    const world = await breached('back');
    await world.ports.traffic.shift(shared, 1);
    expect(await settleIn(world, 'GuardBreached: no')).toMatchObject({
      result: 'failed',
      reason: expect.stringMatching(
        /stayed in az-b after the point of no return: 12 of 20 requests/,
      ) as unknown,
    });
    expect(await trafficNow(world)).toEqual(home);
    expect(servesNow(world)).toEqual(['az-b']);
    expect(await world.seatNow()).toMatchObject({
      epoch: EPOCH + 1,
      writer: 'az-b',
      traffic: home,
      operation: null,
      lastOutcome: { result: 'failed' },
    });
  });

  it('sends nobody back into a zone that is gone by now', async () => {
    const world = await breached('back');
    await world.ports.traffic.shift(shared, 1);
    world.lose('az-a');
    await settleIn(world, DIED);
    expect(await trafficNow(world)).toEqual({ 'az-a': 0, 'az-b': 100 });
    expect((await world.seatNow()).traffic).toEqual({ 'az-a': 0, 'az-b': 100 });
  });

  it('leaves the weights, when the way back is not known to be good', async () => {
    const world = await breached('hold');
    await world.ports.traffic.shift(shared, 1);
    await settleIn(world, DIED);
    expect(await trafficNow(world)).toEqual(shared);
    expect((await world.seatNow()).traffic).toEqual(shared);
  });

  it('is settled again while the switch does not do as it is told', async () => {
    const world = await breached('back');
    const { shift } = world.ports.traffic;
    Object.assign(world.ports.traffic, { shift: async () => shared });
    expect((await rejectionOf(settleIn(world, DIED))).message).toMatch(/^traffic reads .*, wanted /);
    expect((await world.seatNow()).operation).toMatchObject({ epoch: EPOCH + 1, phase: 'admitted' });
    Object.assign(world.ports.traffic, { shift });
    expect((await settle(world.ports, EPOCH + 1, DIED)).result).toBe('failed');
  });

  it('leaves the traffic to the next move, which brings it to the writer again', async () => {
    const world = await breached('back');
    await settleIn(world, DIED);
    const next = operationAt(10, { phase: 'admitted' });
    world.items.set('seat', { ...world.items.get('seat'), epoch: 10, operation: next });
    await settle(world.ports, 10, DIED);
    expect(await trafficNow(world)).toEqual({ 'az-a': 0, 'az-b': 100 });
    expect((await world.seatNow()).traffic).toBeNull();
  });
});

describe('a move at a price that a person accepted', () => {
  const waived = (acceptLossSeconds: number) =>
    worldIn({ phase: 'fenced', eligibleBefore: { postgres: null }, acceptLossSeconds }, { eligible: null });

  it('goes forward when the old side is gone', async () => {
    const world = await waived(3);
    await lostAfterBeacon(world);
    expect((await settleIn(world, DIED)).result).toBe('completed');
    expect(await world.seatNow()).toMatchObject({ writer: 'az-b', operation: null });
    expect(servesNow(world)).toEqual(['az-b']);
  });

  it('goes forward whatever the clock says when the old side is seen to be stopped: it loses no more', async () => {
    const world = await waived(2);
    await lostAfterBeacon(world);
    world.servers.at('az-a').host.isSilent = false;
    expect((await settleIn(world, DIED)).result).toBe('completed');
    expect(servesNow(world)).toEqual(['az-b']);
  });

  it('gives the seat back when the loss is beyond it by now, and says so', async () => {
    const world = await waived(2);
    await lostAfterBeacon(world);
    const { result, reason } = await settleIn(world, DIED);
    expect(result).toBe('rolled-back');
    expect(reason).toMatch(/is failed; up to 3 seconds of postgres writes could be lost, the limit is 2/);
    expect(await world.seatNow()).toMatchObject({ writer: 'az-a', eligible: null, operation: null });
    expect(servesNow(world)).toEqual([]);
  });
});

type Held = readonly [
  phase: Operation['phase'],
  changes: Partial<Operation>,
  what: string,
  circumstance: Circumstance,
  why: string,
  error: RegExp,
];

const HELD: readonly Held[] = [
  ['switching', { mode: 'emergency' }, 'both have stopped', bothStopped, DIED, /az-b is stopped/],
  ['switched', { mode: 'emergency' }, 'both have stopped', bothStopped, DIED, /az-b is stopped/],
  ['switched', { mode: 'emergency' }, 'it does not verify', unverified, DIED, /did not verify/],
  [
    'switched',
    { mode: 'planned' },
    'unverified, the old side gone',
    oldSideLost,
    UNFIT,
    /neither is admitted/,
  ],
  [
    'switched',
    { mode: 'planned' },
    'it answers unverified, its host does not',
    hostSilent,
    UNFIT,
    /could not be stopped/,
  ],
  [
    'admitted',
    { mode: 'planned' },
    'the records cannot be changed',
    noRoute53,
    DIED,
    /Route 53 did not change/,
  ],
];

describe('a move that can be neither finished nor undone now', () => {
  it.each(HELD)(
    '%s, %j, %s: keeps the seat held',
    async (...[phase, changes, , circumstance, why, error]) => {
      const world = await worldIn({ phase, ...changes });
      await circumstance(world);
      const { message } = await rejectionOf(settleIn(world, why));
      expect(message).toMatch(error);
      expect((await world.seatNow()).operation?.execution).toBe('orders-e8');
    },
  );

  it('keeps the seat held when its target was given up and the old writer is gone, too: nobody else has it all', async () => {
    const world = await worldIn({ phase: 'undoing', mode: 'planned' }, { eligible: null });
    world.lose('az-a');
    expect((await rejectionOf(settleIn(world, DIED))).name).toBe('Unreachable');
    expect((await world.seatNow()).operation).toMatchObject({ phase: 'undoing' });
  });

  it('is undone at an epoch of its own: who goes forward at the old one cannot come to admit (I7)', async () => {
    const world = await worldIn({ phase: 'switching', mode: 'planned' });
    world.servers.kill('az-b');
    const { store } = world.ports;
    const { apply } = store;
    const late: unknown[] = [];
    Object.assign(store, {
      apply: async (...args: Parameters<typeof apply>) => {
        const seat = await apply(...args);
        if (args[0].type !== 'switch-writer' || seat.operation === null) return seat;
        const admit = { type: 'admit', epoch: EPOCH, seen: seat.operation, nowMs: 1 } as const;
        late.push(await rejectionOf(apply(admit)));
        return seat;
      },
    });
    await settle(world.ports, EPOCH, 'it was stuck');
    expect(late).toMatchObject([{ code: 'stale-epoch' }]);
    expect(await world.seatNow()).toMatchObject({ writer: 'az-a', operation: null });
  });

  it('fences the old writer again when it goes forward without a synchronous standby (I1)', async () => {
    const waiver = { mode: 'emergency', eligibleBefore: { postgres: null }, acceptLossSeconds: 60 } as const;
    const world = await worldIn({ phase: 'switched', ...waiver });
    expect(world.servers.at('az-a').power).toBe('running');
    await settle(world.ports, EPOCH, 'it was stuck');
    expect(await world.seatNow()).toMatchObject({ writer: 'az-b', operation: null });
    expect(world.servers.at('az-a').power).toBe('stopped');
  });

  it('leaves a move alone that somebody else took over meanwhile', async () => {
    const world = await worldIn({ phase: 'switched', mode: 'planned' });
    const { ports } = world;
    const verify = async () => {
      const { operation: seen } = await world.seatNow();
      if (seen !== null) await ports.store.apply({ type: 'take-over', seen, phase: seen.phase, nowMs: 1 });
      return { ok: true, findings: [], numbers: {} };
    };
    Object.assign(ports.postgres, { verify });
    expect((await rejectionOf(settleIn(world, DIED))).name).toBe('StaleEpoch');
    expect((await world.seatNow()).operation).toMatchObject({ phase: 'switched', epoch: EPOCH + 2 });
  });
});

describe('a half undone switch', () => {
  it.each([
    ['before its target was stopped', well],
    ['after its target was stopped', targetStopped],
  ])('is undone again %s, never finished', async (_what, circumstance) => {
    const world = await worldIn({ phase: 'switched', mode: 'planned' });
    const { operation: seen } = await world.seatNow();
    if (seen === null) throw new Error('held');
    await world.ports.store.apply({ type: 'take-over', seen, phase: 'undoing', nowMs: 1 });
    await circumstance(world);
    await settle(world.ports, EPOCH + 1, DIED);
    expect(await world.seatNow()).toMatchObject({ writer: 'az-a', eligible: null, operation: null });
    expect(servesNow(world)).toEqual(['az-a']);
  });
});

describe('a target that was given up', () => {
  it('is not eligible when it is back before the seat was: the writer does not wait for it any more (I8)', async () => {
    const world = await worldIn({ phase: 'fenced', mode: 'planned' });
    targetStopped(world);
    const { apply } = world.ports.store;
    const dying = jest.spyOn(world.ports.store, 'apply').mockImplementation((event) => {
      if (event.type === 'release') return Promise.reject(new Unreachable('crashed'));
      return apply(event);
    });
    await rejectionOf(settleIn(world, DIED));
    dying.mockRestore();
    world.servers.at('az-b').power = 'running';
    world.servers.write('az-a', 'acknowledged-alone');
    const { operation } = await world.seatNow();
    await settle(world.ports, operation?.epoch ?? 0, DIED);
    expect(await world.seatNow()).toMatchObject({ writer: 'az-a', eligible: null, operation: null });
    expect(servesNow(world)).toEqual(['az-a']);
  });
});

const SILENT_WRITER = 'az-a does not answer, so the seat is given back with no standby eligible';

describe('a degrade that is settled', () => {
  const degrading = () => createHeldWorld({ kind: 'degrade', to: 'az-b' }, { eligible: null });

  it('lets the writer go on alone', async () => {
    const world = await degrading();
    world.servers.kill('az-b');
    expect((await settleIn(world, DIED)).result).toBe('completed');
    expect(servesNow(world)).toEqual(['az-a']);
    expect(await world.seatNow()).toMatchObject({ eligible: null, operation: null, cooldownUntilMs: 0 });
  });

  it('gives the seat back when the writer does not answer: a person may have to move away from it', async () => {
    const world = await degrading();
    world.servers.freeze('az-a');
    const { result, reason } = await settleIn(world, DIED);
    expect([result, reason]).toEqual(['released', `${DIED}; ${SILENT_WRITER}`]);
    expect(await world.seatNow()).toMatchObject({ writer: 'az-a', eligible: null, operation: null });
  });

  it('stays held when it is not known whether the writer answers (I9)', async () => {
    const world = await degrading();
    world.servers.freeze('az-a');
    world.ports.postgres.probe = async () => ({ state: 'unknown', reason: 'it is full', latencyMs: null });
    expect((await rejectionOf(settleIn(world, DIED))).message).toMatch(/az-a does not answer/);
    expect((await world.seatNow()).operation).toMatchObject({ kind: 'degrade' });
  });

  it('stays held when the writer answers and is not let go on', async () => {
    const world = await degrading();
    world.ports.postgres.degrade = () => Promise.reject(new Unreachable('the connection was lost'));
    expect((await rejectionOf(settleIn(world, DIED))).message).toBe('the connection was lost');
    expect((await world.seatNow()).operation).toMatchObject({ kind: 'degrade', epoch: EPOCH + 1 });
  });
});

describe('a rejoin that is settled', () => {
  it('opens the gate before the seat is given back', async () => {
    const rejoin = {
      kind: 'rejoin',
      from: 'az-a',
      to: 'az-b',
      phase: 'prepared',
      eligibleBefore: { postgres: null },
    } as const;
    const world = await createHeldWorld(rejoin, { eligible: null });
    world.servers.kill('az-b');
    expect(servesNow(world)).toEqual([]);
    expect((await settleIn(world, DIED)).result).toBe('released');
    expect(servesNow(world)).toEqual(['az-a']);
    expect(await world.seatNow()).toMatchObject({ writer: 'az-a', eligible: null, operation: null });
  });
});

describe('a rejoin whose writer is gone', () => {
  it('gives the seat back', async () => {
    const world = await createHeldWorld(
      { kind: 'rejoin', phase: 'prepared', eligibleBefore: { postgres: null } },
      { eligible: null },
    );
    world.lose('az-a');
    expect((await settleIn(world, DIED)).reason).toBe(`${DIED}; ${SILENT_WRITER}`);
    expect(await world.seatNow()).toMatchObject({ writer: 'az-a', eligible: null, operation: null });
  });
});

describe('what has ended already', () => {
  const outcome = {
    epoch: EPOCH,
    kind: 'failover',
    stores: ['postgres'],
    result: 'completed',
    from: 'az-a',
    to: 'az-b',
    reason: 'zone-loss',
    atMs: 1,
  } as const;

  it.each<[string, Partial<Seat>, object]>([
    [
      'the same epoch',
      { operation: null, lastOutcome: outcome },
      { result: 'completed', reason: 'epoch 8 had ended: zone-loss' },
    ],
    [
      'no outcome',
      { operation: null },
      { result: 'released', reason: 'epoch 8 had ended: no outcome on record' },
    ],
    [
      'a later operation',
      { epoch: 9, operation: operationAt(9), lastOutcome: outcome },
      { result: 'completed', reason: 'epoch 8 had ended: zone-loss' },
    ],
  ])('is told and left alone: %s', async (_what, seat, told) => {
    const world = await createHeldWorld({}, seat);
    const before = await world.seatNow();
    expect(await settleIn(world, DIED)).toMatchObject(told);
    expect(await world.seatNow()).toEqual(before);
    expect(before.workload).toBe(seatWith().workload);
  });
});

import type { ShiftInput } from '../../../lambdas/shift-traffic/shift-traffic';
import { shiftAllTraffic, shiftTraffic } from '../../../lambdas/shift-traffic/shift-traffic';
import { toRef } from '../../../lambdas/shared/adopt';
import type { TrafficGuarded } from '../../../lib/contract/payload';
import type { Operation, Seat } from '../../../lib/domain/protocol/seat';
import type { World } from '../ports';
import { createWorld, operationAt, rejectionOf } from '../ports';
import { LADDER } from '../ladder';
import { deliver } from '../run-step';

const home = { 'az-a': 100, 'az-b': 0 };
const away = { 'az-a': 0, 'az-b': 100 };

const admitted = (changes: Partial<Operation> = {}, seat: Partial<Seat> = {}): Promise<World> =>
  createWorld({
    progressive: LADDER,
    seat: {
      epoch: 8,
      writer: 'az-b',
      eligible: null,
      operation: operationAt(8, { phase: 'admitted', ...changes }),
      ...seat,
    },
  });
const planned = (seat: Partial<Seat> = {}) => admitted({ mode: 'planned' }, seat);

const shift = (world: World, guarded: Partial<TrafficGuarded> = {}) => {
  const input: ShiftInput = { operation: toRef(operationAt(8)), guarded };
  return deliver(shiftTraffic(input), world);
};

describe('shift-traffic in an emergency', () => {
  it('gives the target all of the traffic, as read back, whatever steps there are', async () => {
    const world = await admitted();
    expect(await shift(world)).toEqual({ weights: away, share: 100, guard: 'no' });
    expect(await world.ports.traffic.current(1)).toEqual(away);
  });

  it('gives the switch whole milliseconds, which is all that its timers know', async () => {
    const world = await admitted();
    const shifted = jest.spyOn(world.ports.traffic, 'shift');
    await shift(world);
    const [, timeoutMs] = shifted.mock.calls[0] ?? [];
    expect(timeoutMs).toBe(Math.trunc(timeoutMs ?? 0.5));
  });

  it('fails when the switch reads back something else', async () => {
    const world = await admitted();
    jest.spyOn(world.ports.traffic, 'shift').mockResolvedValue({ 'az-a': 100, 'az-b': 100 });
    const { name, message } = await rejectionOf(shift(world));
    expect(name).toBe('DeadlineExceeded');
    expect(message).toBe('traffic reads {"az-a":100,"az-b":100}, wanted {"az-a":0,"az-b":100} at 100 %');
  });

  it('shifts nothing for an operation that is gone', async () => {
    const world = await admitted({ epoch: 9 }, { epoch: 9 });
    expect((await rejectionOf(shift(world))).name).toBe('StaleEpoch');
    expect(await world.ports.traffic.current(1)).toEqual(home);
  });

  it.each<[string, Partial<Seat>, object]>([
    ['the writer is home again: the traffic, too', { writer: 'az-a', operation: null }, home],
    [
      'another operation holds the seat',
      { writer: 'az-a', operation: operationAt(9, { phase: 'claimed' }), epoch: 9 },
      home,
    ],
    ['it was finished by somebody else', { writer: 'az-b', operation: null }, away],
    [
      'its traffic was left where it was',
      { writer: 'az-b', operation: null, traffic: { 'az-a': 75, 'az-b': 25 } },
      { 'az-a': 75, 'az-b': 25 },
    ],
    [
      'its guard says back, and somebody is about to do it',
      {
        writer: 'az-b',
        epoch: 9,
        operation: operationAt(9, { phase: 'admitted', breach: { reason: 'r', traffic: 'back' } }),
      },
      home,
    ],
    [
      'its guard says to leave it as it is',
      {
        writer: 'az-b',
        epoch: 9,
        operation: operationAt(9, { phase: 'admitted', breach: { reason: 'r', traffic: 'hold' } }),
      },
      away,
    ],
    ['but not a seat that was restored from before it', { writer: 'az-a', operation: null, epoch: 7 }, away],
  ])('arriving after its operation had ended, follows the seat: %s', async (_what, seat, weights) => {
    const world = await admitted();
    const { shift: real } = world.ports.traffic;
    jest.spyOn(world.ports.traffic, 'shift').mockImplementationOnce(async (wanted, timeoutMs) => {
      world.items.set('seat', { ...world.items.get('seat'), eligible: null, ...seat });
      return real(wanted, timeoutMs);
    });
    expect((await rejectionOf(shift(world))).name).toBe('StaleEpoch');
    expect(await world.ports.traffic.current(1)).toEqual(weights);
  });
});

describe('shift-traffic in a planned move', () => {
  it('goes the first step, and is progress', async () => {
    const world = await planned();
    const { progress } = (await world.seatNow()).operation ?? { progress: -1 };
    expect(await shift(world)).toEqual({ weights: { 'az-a': 95, 'az-b': 5 }, share: 5, guard: 'yes' });
    expect((await world.seatNow()).operation?.progress).toBe(progress + 1);
  });

  it.each([
    ['that the guard has seen good, a step further', { share: 5, next: 'shift' } as const, 25],
    ['that was the last but one, to its end', { share: 25, next: 'shift' } as const, 100],
  ])('from a step %s', async (_what, guarded, share) => {
    const world = await planned();
    expect(await shift(world, guarded)).toMatchObject({ share, guard: 'yes' });
    expect(await world.ports.traffic.current(1)).toEqual({ 'az-a': 100 - share, 'az-b': share });
  });

  it('goes nowhere once a guard has said no', async () => {
    const world = await admitted({ mode: 'planned', breach: { reason: '3 of 5 failed', traffic: 'back' } });
    expect(await rejectionOf(shift(world))).toMatchObject({
      name: 'GuardBreached',
      message: '3 of 5 failed',
    });
    expect(await world.ports.traffic.current(1)).toEqual(home);
  });

  it('delivered twice is one step', async () => {
    const world = await planned();
    expect([await shift(world), await shift(world)]).toEqual([
      expect.objectContaining({ share: 5 }),
      expect.objectContaining({ share: 5 }),
    ]);
  });

  it.each([
    ['at a step', 25, 25],
    ['between two steps', 50, 100],
    ['all of it, where an earlier move has left it', 100, 100],
  ])('takes nothing away from a target that has traffic already: %s', async (_what, present, share) => {
    const world = await planned();
    await world.ports.traffic.shift({ 'az-a': 100 - present, 'az-b': present }, 1);
    expect(await shift(world)).toMatchObject({ share, guard: 'yes' });
  });

  it('goes all the way at once when the old zone is gone', async () => {
    const world = await planned();
    const guarded = { share: 5, next: 'forward' } as const;
    expect(await shift(world, guarded)).toEqual({ weights: away, share: 100, guard: 'no' });
  });

  it('goes all the way at once where no steps are asked for', async () => {
    const world = await createWorld({
      seat: {
        epoch: 8,
        writer: 'az-b',
        eligible: null,
        operation: operationAt(8, { phase: 'admitted', mode: 'planned' }),
      },
    });
    expect(await shift(world)).toEqual({ weights: away, share: 100, guard: 'no' });
  });

  it('leaves the traffic where it is when PostgreSQL does not move', async () => {
    const world = await admitted({ mode: 'planned', stores: ['redis'] });
    expect(await shift(world)).toMatchObject({ weights: null, guard: 'no' });
    expect(await world.ports.traffic.current(1)).toEqual(home);
  });
});

describe('a move that somebody else finishes', () => {
  it('gets all of its traffic at once', async () => {
    const world = await planned();
    expect(await deliver(shiftAllTraffic, world)).toEqual({ weights: away, share: 100, guard: 'no' });
  });
});

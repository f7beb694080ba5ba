import { balanceTraffic } from '../../../lambdas/balance-traffic/balance-traffic';
import { probeZone } from '../../../lambdas/probe-zone/probe-zone';
import { Refused, Unreachable } from '../../../lib/domain/errors';
import type { Seat } from '../../../lib/domain/protocol/seat';
import type { BalancePolicy } from '../../../lib/domain/traffic/balance';
import { CALM_GRID, NOW_MS, POLICY } from '../../domain/decision/world';
import type { World } from '../ports';
import { createWorld, keepLooking, operationAt, putGrid, rejectionOf } from '../ports';

const balance: BalancePolicy = {
  shares: { 'az-a': 50, 'az-b': 50 },
  returnAfterMs: 60_000,
  dwellMs: 30_000,
  steps: [1, 5, 25, 50, 100],
};
const shared = { 'az-a': 50, 'az-b': 50 };
const toB = { 'az-a': 0, 'az-b': 100 };
const long = NOW_MS - 3_600_000;

//                pg@a api@a host@a   pg@b api@b host@b   peer@c
const API_A_GONE = `
  az-a            o    F     o        o    o     o        o
  az-b            o    F     o        o    o     o        o
  az-c            o    F     o        o    o     o        .
  region          .    F     .        .    o     .        .`;

/** What the other witnesses see while az-c's loop runs. */
const OTHERS_CALM = CALM_GRID.split('\n')
  .filter((line) => !line.includes('az-c'))
  .join('\n');

const activeActive = async (seat: Partial<Seat> = {}, grid = CALM_GRID): Promise<World> => {
  const world = await createWorld({ seat: { traffic: shared, balancedAtMs: long, ...seat }, balance });
  await world.ports.traffic.shift(seat.traffic ?? shared, 1);
  await putGrid(world, grid);
  keepLooking(world, grid);
  return world;
};
const currentOf = ({ ports }: World) => ports.traffic.current(1);

describe('the traffic of an active-active deployment', () => {
  it('leaves a zone whose service failed, and the seat says so first', async () => {
    const world = await activeActive({}, API_A_GONE);
    const { shift } = world.ports.traffic;
    jest.spyOn(world.ports.traffic, 'shift').mockImplementation(async (weights, timeoutMs) => {
      expect((await world.seatNow()).traffic).toEqual(toB);
      return shift(weights, timeoutMs);
    });
    expect(await balanceTraffic(world.ports)).toMatchObject({ action: 'shifted', weights: toB });
    expect(await currentOf(world)).toEqual(toB);
    expect(await world.seatNow()).toMatchObject({ epoch: 7, writer: 'az-a', operation: null, traffic: toB });
  });

  it('stays where it is while all is well, and is put right where it is not what the seat says', async () => {
    const world = await activeActive();
    expect(await balanceTraffic(world.ports)).toEqual({ action: 'none', why: 'each zone has its share' });
    await world.ports.traffic.shift(toB, 1);
    expect(await balanceTraffic(world.ports)).toMatchObject({ action: 'shifted', weights: shared });
    expect(await currentOf(world)).toEqual(shared);
  });

  it('is nobody’s but the operation’s while one holds the seat, and the writer’s in active-standby', async () => {
    const held = await activeActive({ epoch: 8, operation: operationAt(8) }, API_A_GONE);
    expect(await balanceTraffic(held.ports)).toMatchObject({
      action: 'none',
      why: /epoch 8 has the traffic/,
    });
    const standby = await createWorld();
    await putGrid(standby, CALM_GRID);
    keepLooking(standby, CALM_GRID);
    expect((await balanceTraffic(standby.ports)).why).toContain('active-standby');
  });

  it('is left to whoever claimed the seat between', async () => {
    const world = await activeActive({}, API_A_GONE);
    const refusal = new Refused('busy', 'another operation holds the seat; wait until it has ended');
    const apply = jest.spyOn(world.ports.store, 'apply').mockRejectedValueOnce(refusal);
    expect(await balanceTraffic(world.ports)).toEqual({ action: 'none', why: refusal.message });
    expect(await currentOf(world)).toEqual(shared);
    apply.mockRejectedValueOnce(new Unreachable('the state store does not answer'));
    expect((await rejectionOf(balanceTraffic(world.ports))).name).toBe('Unreachable');
  });

  it('follows the seat when that was changed while it was shifted', async () => {
    const world = await activeActive({}, API_A_GONE);
    const { shift } = world.ports.traffic;
    let isFirst = true;
    Object.assign(world.ports.traffic, {
      shift: async (weights: Seat['traffic'] & object, timeoutMs: number) => {
        const found = await shift(weights, timeoutMs);
        if (!isFirst) return found;
        isFirst = false;
        await world.ports.store.apply({ type: 'follow-traffic', seen: await world.seatNow() });
        return found;
      },
    });
    await balanceTraffic(world.ports);
    expect(await currentOf(world)).toEqual({ 'az-a': 100, 'az-b': 0 });
  });

  it('says what it reads where the switch does not do what it is told', async () => {
    const world = await activeActive({}, API_A_GONE);
    Object.assign(world.ports.traffic, { shift: async () => shared });
    expect((await rejectionOf(balanceTraffic(world.ports))).message).toMatch(
      /^traffic reads .*the next minute/,
    );
  });
});

describe('a witness', () => {
  const rounds = (world: World, count: number) =>
    probeZone(world.ports, { witness: 'az-c', limitMs: count * POLICY.checkIntervalMs });
  const asked = (world: World) => world.fired.filter(({ name }) => name === 'balance-traffic').length;

  it('asks for it once a second as long as the weights should be others', async () => {
    const world = await activeActive({ traffic: toB }, OTHERS_CALM);
    await rounds(world, 10);
    expect(asked(world)).toBe(2);
  });

  it('asks for nothing where they are right, nor in active-standby', async () => {
    const well = await activeActive({}, OTHERS_CALM);
    await rounds(well, 3);
    const standby = await createWorld();
    await rounds(standby, 3);
    expect([asked(well), asked(standby)]).toEqual([0, 0]);
  });
});

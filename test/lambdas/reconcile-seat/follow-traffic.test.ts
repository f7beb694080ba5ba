import { reconcileSeat } from '../../../lambdas/reconcile-seat/reconcile-seat';
import type { Seat } from '../../../lib/domain/protocol/seat';
import type { World } from '../ports';
import { createHeldWorld, createWorld, operationAt, rejectionOf } from '../ports';

const home = { 'az-a': 100, 'az-b': 0 };
const away = { 'az-a': 0, 'az-b': 100 };

/** The writer is in az-b, and a guard left the traffic in az-a. */
const leftBehind = (changes: Partial<Seat> = {}): Promise<World> =>
  createWorld({ seat: { writer: 'az-b', eligible: 'az-a', traffic: home, ...changes } });
const follow = ({ ports }: World) => reconcileSeat(ports, { traffic: 'to-writer' });

describe('traffic that a guard left away from the writer', () => {
  it('is sent to it, and the seat says so', async () => {
    const world = await leftBehind();
    expect(await follow(world)).toMatchObject({ action: 'shifted', weights: away });
    expect(await world.ports.traffic.current(1)).toEqual(away);
    expect((await world.seatNow()).traffic).toBeNull();
  });

  it('is sent again when the first time was half done', async () => {
    const world = await leftBehind();
    const { shift } = world.ports.traffic;
    Object.assign(world.ports.traffic, { shift: async () => home });
    expect((await rejectionOf(follow(world))).message).toMatch(/^traffic reads .*; start this again$/);
    Object.assign(world.ports.traffic, { shift });
    expect(await follow(world)).toMatchObject({ action: 'shifted' });
  });

  it('is not sent to an API that does not answer', async () => {
    const world = await leftBehind();
    world.down.api.add('az-b');
    expect(await rejectionOf(follow(world))).toMatchObject({
      code: 'target-not-healthy',
      message:
        'the API in az-b, where the writer is, is failed (connection refused); the traffic stays where it is',
    });
    expect((await world.seatNow()).traffic).toEqual(home);
  });

  it('is left to the operation that holds the seat', async () => {
    const world = await createHeldWorld();
    expect(await follow(world)).toEqual({
      action: 'none',
      why: 'the failover of epoch 8 holds the seat; wait for its end',
    });
  });

  it('follows a claim that was made meanwhile', async () => {
    const world = await leftBehind();
    const { shift } = world.ports.traffic;
    const claimed = { epoch: 8, writer: 'az-a', operation: operationAt(8), traffic: null };
    jest.spyOn(world.ports.traffic, 'shift').mockImplementationOnce(async (wanted, timeoutMs) => {
      world.items.set('seat', { ...world.items.get('seat'), ...claimed, eligible: 'az-b' });
      return shift(wanted, timeoutMs);
    });
    await follow(world);
    expect(await world.ports.traffic.current(1)).toEqual(home);
  });
});

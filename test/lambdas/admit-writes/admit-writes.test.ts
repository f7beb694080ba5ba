import { admitWrites } from '../../../lambdas/admit-writes/admit-writes';
import type { World } from '../ports';
import { createHeldWorld, rejectionOf } from '../ports';
import { deliver, phaseOf } from '../run-step';

const switched = async (): Promise<World> => {
  const world = await createHeldWorld(
    { phase: 'switched' },
    { writer: 'az-b', eligible: null, cooldownUntilMs: 0 },
  );
  await world.ports.postgres.ensureWriterIn('az-b', { epoch: 8, deadlineMs: 1 });
  return world;
};

describe('admit-writes', () => {
  it('commits the point of no return before the first write can be acknowledged (I7)', async () => {
    const world = await switched();
    const { admitWrites: admit } = world.ports.postgres;
    const seen: unknown[] = [];
    jest.spyOn(world.ports.postgres, 'admitWrites').mockImplementation(async (zone, effect) => {
      seen.push([await phaseOf(world), world.servers.write('az-b', 'too-early')]);
      return admit(zone, effect);
    });
    await deliver(admitWrites, world);
    expect(seen).toEqual([['admitted', 'refused']]);
    expect(world.servers.write('az-b', 'first')).toBe('acknowledged');
  });

  it('admits nothing when the point of no return could not be committed', async () => {
    const world = await switched();
    jest.spyOn(world.ports.store, 'apply').mockRejectedValue(new Error('no table'));
    await rejectionOf(deliver(admitWrites, world));
    expect(world.servers.write('az-b', 'first')).toBe('refused');
  });

  it('delivered twice, finds it admitted', async () => {
    const world = await switched();
    await deliver(admitWrites, world);
    const seat = await world.seatNow();
    expect(await deliver(admitWrites, world)).toEqual({ admitted: 'az-b' });
    expect(await world.seatNow()).toEqual(seat);
  });

  it('does not open a store that has seen a newer epoch', async () => {
    const world = await switched();
    await world.ports.postgres.ensureWriterIn('az-b', { epoch: 9, deadlineMs: 1 });
    await world.ports.postgres.degrade('az-b', { epoch: 9, deadlineMs: 1 });
    expect((await rejectionOf(deliver(admitWrites, world))).name).toBe('StaleEpoch');
    expect(world.servers.write('az-b', 'first')).toBe('refused');
  });
});

import { switchPostgres } from '../../../lambdas/switch-postgres/switch-postgres';
import { Unreachable } from '../../../lib/domain/errors';
import { createHeldWorld, rejectionOf } from '../ports';
import { deliver, phaseOf } from '../run-step';

describe('switch-postgres', () => {
  it('promotes, then commits "writer = target, eligible = none"', async () => {
    const world = await createHeldWorld({ phase: 'fenced' });
    expect(await deliver(switchPostgres, world)).toEqual({ writer: 'az-b' });
    expect(await world.seatNow()).toMatchObject({ writer: 'az-b', eligible: null, cooldownUntilMs: 0 });
    expect(await phaseOf(world)).toBe('switched');
    expect(world.servers.at('az-b')).toMatchObject({ inRecovery: false, isReadOnly: true });
  });

  it('is not done when the promotion failed: the seat names the old writer', async () => {
    const world = await createHeldWorld({ phase: 'fenced' });
    world.servers.kill('az-b');
    expect((await rejectionOf(deliver(switchPostgres, world))).name).toBe('Unreachable');
    expect(await world.seatNow()).toMatchObject({ writer: 'az-a', eligible: 'az-b', cooldownUntilMs: 0 });
    expect(await phaseOf(world)).toBe('switching');
  });

  it('is finished by a retry after a crash between promotion and commit', async () => {
    const world = await createHeldWorld({ phase: 'fenced' });
    const { apply } = world.ports.store;
    const crashing = jest.spyOn(world.ports.store, 'apply').mockImplementation((event, claim) => {
      if (event.type === 'switch-writer') return Promise.reject(new Unreachable('crashed'));
      return apply(event, claim);
    });
    await rejectionOf(deliver(switchPostgres, world));
    expect(world.servers.at('az-b').inRecovery).toBe(false);
    expect((await world.seatNow()).writer).toBe('az-a');
    crashing.mockRestore();
    await deliver(switchPostgres, world);
    expect((await world.seatNow()).writer).toBe('az-b');
    expect(world.servers.at('az-b').timeline).toBe(2);
  });

  it('commits nothing for an operation that was taken over while it promoted', async () => {
    const world = await createHeldWorld({ phase: 'fenced' });
    const { ensureWriterIn } = world.ports.postgres;
    jest.spyOn(world.ports.postgres, 'ensureWriterIn').mockImplementation(async (zone, effect) => {
      await ensureWriterIn(zone, effect);
      const { operation: seen } = await world.seatNow();
      if (seen !== null)
        await world.ports.store.apply({ type: 'take-over', seen, phase: 'undoing', nowMs: 1 });
    });
    expect((await rejectionOf(deliver(switchPostgres, world))).name).toBe('StaleEpoch');
    expect((await world.seatNow()).writer).toBe('az-a');
  });
});

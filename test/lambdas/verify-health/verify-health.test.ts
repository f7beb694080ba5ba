import { verifyHealth } from '../../../lambdas/verify-health/verify-health';
import type { World } from '../ports';
import { createHeldWorld, rejectionOf } from '../ports';
import { deliver } from '../run-step';

const switched = async (): Promise<World> => {
  const world = await createHeldWorld(
    { phase: 'switched' },
    { writer: 'az-b', eligible: null, cooldownUntilMs: 0 },
  );
  await world.ports.postgres.ensureWriterIn('az-b', { epoch: 8, deadlineMs: 1 });
  return world;
};

describe('verify-health', () => {
  it('is content with a writer and an API that answer', async () => {
    expect(await deliver(verifyHealth, await switched())).toEqual({ seen: 'postgres ok as primary, api ok' });
  });

  it('asks again until the API is up', async () => {
    const world = await switched();
    world.down.api.add('az-b');
    const { sleep } = world.clock;
    world.clock.sleep = async (ms) => {
      if (world.clock.monotonicMs() > 3_000) world.down.api.clear();
      await sleep(ms);
    };
    expect(await deliver(verifyHealth, world)).toMatchObject({
      seen: expect.stringContaining('api ok') as string,
    });
  });

  it.each<[string, (world: World) => void, RegExp]>([
    ['the API is down', ({ down }) => void down.api.add('az-b'), /postgres ok as primary, api failed$/],
    ['the store is gone', ({ servers }) => servers.kill('az-b'), /postgres failed as unknown, api ok$/],
    ['it is a standby still', ({ servers }) => void (servers.at('az-b').inRecovery = true), /ok as standby/],
  ])('fails by its deadline: %s', async (_what, circumstance, message) => {
    const world = await switched();
    circumstance(world);
    const failed = await rejectionOf(deliver(verifyHealth, world));
    expect(failed.name).toBe('DeadlineExceeded');
    expect(failed.message).toMatch(message);
  });
});

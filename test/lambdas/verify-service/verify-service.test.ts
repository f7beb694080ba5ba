import { verifyService } from '../../../lambdas/verify-service/verify-service';
import type { World } from '../ports';
import { createHeldWorld, rejectionOf } from '../ports';
import { deliver } from '../run-step';

const serving = async (): Promise<World> => {
  const world = await createHeldWorld(
    { phase: 'admitted' },
    { writer: 'az-b', eligible: null, cooldownUntilMs: 0 },
  );
  const effect = { epoch: 8, deadlineMs: 1 };
  await world.ports.postgres.ensureWriterIn('az-b', effect);
  await world.ports.postgres.admitWrites('az-b', effect);
  await world.ports.traffic.shift({ 'az-a': 0, 'az-b': 100 }, 1);
  return world;
};

describe('verify-service', () => {
  it('goes the way of a client', async () => {
    expect(await deliver(verifyService, await serving())).toEqual({
      seen: 'weight 100, api ok, postgres writable',
    });
  });

  it.each<[string, (world: World) => unknown, RegExp]>([
    [
      'the public name still answers with the old zone',
      ({ ports }) => ports.traffic.shift({ 'az-b': 0 }, 1),
      /weight 0/,
    ],
    ['the API is down', ({ down }) => down.api.add('az-b'), /api failed/],
    ['the store takes no writes', ({ servers }) => (servers.at('az-b').isReadOnly = true), /not writable/],
    ['the store is gone', ({ servers }) => servers.kill('az-b'), /not writable/],
    [
      'the public name does not know the zone',
      ({ ports }) => jest.spyOn(ports.traffic, 'current').mockResolvedValue({}),
      /weight 0/,
    ],
  ])('fails by its deadline: %s', async (_what, circumstance, message) => {
    const world = await serving();
    await circumstance(world);
    const failed = await rejectionOf(deliver(verifyService, world));
    expect(failed.name).toBe('VerificationFailed');
    expect(failed.message).toMatch(message);
  });
});

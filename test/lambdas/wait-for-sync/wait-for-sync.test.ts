import { waitForSync } from '../../../lambdas/wait-for-sync/wait-for-sync';
import { createHeldWorld, rejectionOf } from '../ports';
import { deliver } from '../run-step';

describe('wait-for-sync', () => {
  it('planned: waits until the standby has everything', async () => {
    const world = await createHeldWorld({ phase: 'fenced', mode: 'planned' });
    world.servers.write('az-a', 'order-1');
    expect(await deliver(waitForSync, world)).toMatchObject({ waited: true, level: true, bytesBehind: 0 });
  });

  it('planned: fails when the standby stays behind, with the bytes', async () => {
    const world = await createHeldWorld({ phase: 'fenced', mode: 'planned' });
    world.servers.at('az-a').ids = ['order-1', 'order-2'];
    const { name, message } = await rejectionOf(deliver(waitForSync, world));
    expect(name).toBe('DeadlineExceeded');
    expect(message).toMatch(/az-b is 2 bytes behind az-a after 20000 ms/);
  });

  it('planned: fails when the standby cannot be asked: unknown is not level', async () => {
    const world = await createHeldWorld({ phase: 'fenced', mode: 'planned' });
    world.servers.freeze('az-b');
    expect((await rejectionOf(deliver(waitForSync, world))).message).toMatch(
      /an unknown number of bytes behind/,
    );
  });

  it('emergency: does not wait for the dead, and says why that is enough', async () => {
    const world = await createHeldWorld({ phase: 'fenced', mode: 'emergency' });
    world.lose('az-a');
    expect(await deliver(waitForSync, world)).toMatchObject({ waited: false });
  });
});

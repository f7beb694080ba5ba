import { keepWarm } from '../../../lambdas/keep-warm/keep-warm';
import { STEP_FUNCTIONS } from '../../../lib/contract/workflows';
import { createWorld } from '../ports';

describe('keep-warm', () => {
  it('pings every step once', async () => {
    const world = await createWorld();
    expect(await keepWarm(world.ports)).toEqual({ cold: [] });
    expect([...world.pinged].sort()).toEqual([...STEP_FUNCTIONS].sort());
  });

  it('names what did not answer', async () => {
    const world = await createWorld();
    world.cold.add('switch-postgres');
    expect(await keepWarm(world.ports)).toEqual({ cold: ['switch-postgres'] });
    expect(world.lines).toMatchObject([
      { detail: { warm: STEP_FUNCTIONS.length - 1, cold: ['switch-postgres'] } },
    ]);
  });
});

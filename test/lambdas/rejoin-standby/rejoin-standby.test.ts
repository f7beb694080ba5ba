import { rejoinStandby } from '../../../lambdas/rejoin-standby/rejoin-standby';
import { restoreSync } from '../../../lambdas/restore-sync/restore-sync';
import type { World } from '../ports';
import { createHeldWorld, rejectionOf } from '../ports';
import { phaseOf } from '../run-step';

/** az-b took over at epoch 7, az-a is back as a zombie and is to rejoin at epoch 8. */
const afterFailover = async (): Promise<World> => {
  const rejoin = {
    kind: 'rejoin',
    from: 'az-b',
    to: 'az-a',
    mode: 'planned',
    eligibleBefore: { postgres: null },
  } as const;
  const world = await createHeldWorld(rejoin, { writer: 'az-b', eligible: null, cooldownUntilMs: 0 });
  const effect = { epoch: 7, deadlineMs: 1 };
  world.servers.write('az-a', 'order-1');
  await world.ports.postgres.ensureWriterIn('az-b', effect);
  await world.ports.postgres.admitWrites('az-b', effect);
  world.servers.write('az-b', 'order-2');
  return world;
};

const input = { request: { epoch: 8 }, execution: 'orders-e8' };

describe('rejoin-standby, then restore-sync', () => {
  it('rewinds the zombie, and says "eligible" only when the gate was seen to hold', async () => {
    const world = await afterFailover();
    const operation = await rejoinStandby(input, world.ports);
    expect(await world.seatNow()).toMatchObject({ eligible: null, operation: { phase: 'prepared' } });
    expect(await restoreSync({ operation }, world.ports)).toEqual({ eligible: 'az-a' });
    expect(await world.seatNow()).toMatchObject({ writer: 'az-b', eligible: 'az-a', operation: null });
    expect(world.servers.at('az-b').syncName).toBe('az-a-e8');
    expect(world.servers.at('az-a').ids).toEqual(['order-1', 'order-2']);
  });

  it('delivered twice, the rejoin finds it done', async () => {
    const world = await afterFailover();
    await rejoinStandby(input, world.ports);
    await rejoinStandby(input, world.ports);
    expect((await world.ports.store.readSteps(8)).map(({ detail }) => detail)).toEqual([{ how: 'already' }]);
    expect(await phaseOf(world)).toBe('prepared');
  });

  it('leaves nobody eligible when the standby went away again', async () => {
    const world = await afterFailover();
    const operation = await rejoinStandby(input, world.ports);
    world.servers.kill('az-a');
    expect((await rejectionOf(restoreSync({ operation }, world.ports))).name).toBe('DeadlineExceeded');
    expect(await world.seatNow()).toMatchObject({ eligible: null, operation: { epoch: 8 } });
  });

  it('fails when the host of the zombie is silent', async () => {
    const world = await afterFailover();
    world.servers.silenceHost('az-a');
    expect((await rejectionOf(rejoinStandby(input, world.ports))).name).toBe('Unreachable');
  });

  it('does not make eligible what another epoch rejoins by now', async () => {
    const world = await afterFailover();
    const operation = await rejoinStandby(input, world.ports);
    const { operation: seen } = await world.seatNow();
    if (seen === null) throw new Error('held');
    await world.ports.store.apply({ type: 'take-over', seen, phase: 'undoing', nowMs: 1 });
    expect((await rejectionOf(restoreSync({ operation }, world.ports))).name).toBe('StaleEpoch');
    expect((await world.seatNow()).eligible).toBeNull();
  });
});

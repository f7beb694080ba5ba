import { commitFailover } from '../../../lambdas/commit-failover/commit-failover';
import { toRef } from '../../../lambdas/shared/adopt';
import type { Operation } from '../../../lib/domain/protocol/seat';
import { NOW_MS, POLICY } from '../../domain/decision/world';
import { createHeldWorld, operationAt, rejectionOf } from '../ports';

const away = { writer: 'az-b', eligible: null, cooldownUntilMs: 7 } as const;
const input = { operation: toRef(operationAt(8)) };
const AN_HOUR_MS = 3_600_000;

describe('commit-failover', () => {
  it.each<[string, Partial<Operation>, 'from its end' | 'none']>([
    ['a failover of the witnesses', { trigger: 'witness' }, 'from its end'],
    ['a failover of an alarm', { trigger: 'alarm' }, 'from its end'],
    ['a failover by a person', { trigger: 'human', mode: 'planned' }, 'from its end'],
    ['a failover that a drill provoked', { trigger: 'drill' }, 'none'],
    ['a rollback', { kind: 'rollback', trigger: 'human' }, 'none'],
  ])('cooldown of %s', async (_what, operation, cooldown) => {
    const world = await createHeldWorld({ ...operation, phase: 'admitted' }, away);
    world.clock.advance(AN_HOUR_MS);
    expect(await commitFailover(input, world.ports)).toEqual({ committed: 8 });
    const seat = await world.seatNow();
    const untilMs = cooldown === 'none' ? 7 : NOW_MS + AN_HOUR_MS + POLICY.cooldownMs;
    expect(seat).toMatchObject({ operation: null, writer: 'az-b', cooldownUntilMs: untilMs });
    expect(seat.lastOutcome).toMatchObject({ epoch: 8, result: 'completed', from: 'az-a', to: 'az-b' });
  });

  it('delivered twice, is done and changes nothing', async () => {
    const world = await createHeldWorld({ phase: 'admitted' }, away);
    await commitFailover(input, world.ports);
    const seat = await world.seatNow();
    world.clock.advance(AN_HOUR_MS);
    await commitFailover(input, world.ports);
    expect(await world.seatNow()).toEqual(seat);
  });

  it('refuses what was never admitted', async () => {
    const world = await createHeldWorld({ phase: 'switched' }, away);
    expect(await rejectionOf(commitFailover(input, world.ports))).toMatchObject({ code: 'wrong-phase' });
  });

  it('refuses an operation that was taken over', async () => {
    const world = await createHeldWorld({ phase: 'admitted', epoch: 9 }, { ...away, epoch: 9 });
    expect((await rejectionOf(commitFailover(input, world.ports))).name).toBe('StaleEpoch');
  });
});

import { planRollback } from '../../../lambdas/plan-rollback/plan-rollback';
import { createWorld, rejectionOf } from '../ports';

describe('plan-rollback', () => {
  it('plans a planned move to the primary zone', async () => {
    const { ports } = await createWorld({ seat: { writer: 'az-b', eligible: 'az-a', cooldownUntilMs: 0 } });
    const request = { reason: 'az-a is back', overrideCooldown: true };
    expect(await planRollback({ request }, ports)).toEqual({
      ...request,
      to: 'az-a',
      mode: 'planned',
      kind: 'rollback',
    });
  });

  it('refuses when the writer is home', async () => {
    const { ports } = await createWorld();
    expect(await rejectionOf(planRollback({ request: { reason: 'x' } }, ports))).toMatchObject({
      code: 'same-zone',
      message: 'az-a is the primary zone and the writer already; there is nothing to roll back',
    });
  });

  it('plans one for a store that is away alone', async () => {
    const away = { redis: { writer: 'az-b', eligible: 'az-a', cooldownUntilMs: 0 } };
    const { ports } = await createWorld({ hasRedis: true, seat: { beside: away } });
    const request = { reason: 'Redis goes home, too' };
    expect(await planRollback({ request }, ports)).toMatchObject({ to: 'az-a', kind: 'rollback' });
  });

  it.each([
    [{ reason: 'x', requestedBy: 'sam' }, 'sam'],
    [{ reason: 'x' }, 'rollback'],
  ])('keeps that refusal like any other: %j', async (request, actor) => {
    const { ports } = await createWorld();
    await rejectionOf(planRollback({ request }, ports));
    const [record] = await ports.store.recentDecisions(1);
    expect(record).toMatchObject({
      decision: { kind: 'refuse', reasons: [{ code: 'same-zone' }], policyVersion: 'p1' },
      circumstances: { trigger: 'human', actor, request: { to: 'az-a', kind: 'rollback' } },
    });
  });

  it.each<[string, unknown, string]>([
    ['nothing', null, '"input" is null: '],
    ['an empty input', {}, '"reason" is nothing: '],
    ['an empty reason', { reason: '  ' }, '"reason" is "  ": say why; it is kept with the decision'],
    ['a reason that is no text', { reason: 7 }, '"reason" is 7: '],
    ['a wrong flag', { reason: 'x', overrideCooldown: 'yes' }, '"overrideCooldown" is "yes": '],
    [
      'another zone than home',
      { reason: 'x', to: 'az-b' },
      '"to" is not known; the fields are reason, overrideCooldown, requestedBy',
    ],
  ])('names the field, what was found and what is allowed: %s', async (_what, request, told) => {
    const { ports } = await createWorld();
    const refused = await rejectionOf(planRollback({ request }, ports));
    expect(refused.name).toBe('InvalidRequest');
    expect(refused.message).toContain(`the start was refused: ${told}`);
    expect(refused.message).toContain('Example: {"reason":"az-a is back"}');
  });
});

import { DeadlineExceeded, Refused, StaleEpoch, Unreachable } from '../../../lib/domain/errors';
import { engineOf, ofEach, probeAll, stopByPower } from '../../../lambdas/shared/store-group';
import type { ByStore } from '../../../lib/domain/protocol/seat';
import type { World } from '../ports';
import { createWorld, rejectionOf } from '../ports';

const BOTH = ['postgres', 'redis'] as const;
const silent = new Unreachable('no answer');
const late = new DeadlineExceeded('too late');
const promoted = new Refused('promoted', 'it was promoted');
const stale = new StaleEpoch('epoch 9 is in force');

const world = (): Promise<World> => createWorld({ hasRedis: true });

describe('a call of several stores', () => {
  it('answers by store, once all have answered', async () => {
    const { ports } = await world();
    const ended: string[] = [];
    const answers = await ofEach(ports, BOTH, async (engine, store) => {
      await new Promise((resolve) => setTimeout(resolve, store === 'postgres' ? 5 : 1));
      ended.push(store);
      return [store, engine === engineOf(ports, store)] as const;
    });
    expect(answers).toEqual({ postgres: ['postgres', true], redis: ['redis', true] });
    expect(ended).toEqual(['redis', 'postgres']);
  });

  it.each([
    ['what was said against it before a promotion', promoted, stale, stale],
    ['a promotion before a silence', silent, promoted, promoted],
    ['a promotion before a deadline', promoted, late, promoted],
    ['what is left when only one rejects', null, silent, silent],
  ])('rejects with %s', async (_what, ofPostgres, ofRedis, wanted) => {
    const { ports } = await world();
    const errors: ByStore<Error | null> = { postgres: ofPostgres, redis: ofRedis };
    const call = ofEach(ports, BOTH, async (_engine, store) => {
      const error = errors[store];
      if (error instanceof Error) throw error;
    });
    expect(await rejectionOf(call)).toBe(wanted);
  });

  it('does not reject before every one has ended: nothing may be under way when the next step begins', async () => {
    const { ports } = await world();
    let isDone = false;
    const call = ofEach(ports, BOTH, async (_engine, store) => {
      if (store === 'postgres') throw silent;
      await new Promise((resolve) => setTimeout(resolve, 5));
      isDone = true;
    });
    await rejectionOf(call);
    expect(isDone).toBe(true);
  });

  it('names a store that the deployment does not have', async () => {
    const { ports } = await createWorld();
    expect(() => engineOf(ports, 'redis')).toThrow(/this deployment has no redis/);
  });
});

describe('a look at several stores', () => {
  it('is ok when all are, failed when one is, else unknown', async () => {
    const { ports, redis } = await world();
    expect(await probeAll(ports, BOTH, 'az-a')).toBe('ok');
    jest.spyOn(ports.postgres, 'probe').mockResolvedValueOnce({
      state: 'unknown',
      reason: 'late',
      latencyMs: null,
    });
    expect(await probeAll(ports, BOTH, 'az-a')).toBe('unknown');
    redis.kill('az-a');
    expect(await probeAll(ports, BOTH, 'az-a')).toBe('failed');
    expect(await probeAll(ports, ['postgres'], 'az-a')).toBe('ok');
  });
});

describe('a stop by power', () => {
  const effect = { epoch: 8, deadlineMs: 100 };

  it('holds when every store is down', async () => {
    const { ports, servers, redis } = await world();
    expect(await stopByPower(ports, BOTH, 'az-a', effect)).toMatchObject({ kind: 'power', holds: true });
    expect([servers.at('az-a').power, redis.at('az-a').power]).toEqual(['stopped', 'stopped']);
  });

  it('does not when one could not be stopped, and says which host', async () => {
    const { ports, redis } = await world();
    redis.silenceHost('az-a');
    const { holds, why } = await stopByPower(ports, BOTH, 'az-a', effect);
    expect(holds).toBe(false);
    expect(why).toMatch(/the host in az-a says it is stopped; the host in az-a does not answer/);
  });
});

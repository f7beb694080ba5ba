import { admitWrites } from '../../lambdas/admit-writes/admit-writes';
import { checkResources } from '../../lambdas/check-resources/check-resources';
import { degradeStandby } from '../../lambdas/degrade-standby/degrade-standby';
import { fenceWriters } from '../../lambdas/fence-writers/fence-writers';
import { rejoinStandby } from '../../lambdas/rejoin-standby/rejoin-standby';
import { restoreSync } from '../../lambdas/restore-sync/restore-sync';
import { commit } from '../../lambdas/shared/commit';
import { settle } from '../../lambdas/shared/settle';
import { shiftAllTraffic } from '../../lambdas/shift-traffic/shift-traffic';
import { switchPostgres } from '../../lambdas/switch-postgres/switch-postgres';
import { switchRedis } from '../../lambdas/switch-redis/switch-redis';
import { verifyData } from '../../lambdas/verify-data/verify-data';
import { verifyHealth } from '../../lambdas/verify-health/verify-health';
import { verifyService } from '../../lambdas/verify-service/verify-service';
import { waitForSync } from '../../lambdas/wait-for-sync/wait-for-sync';
import type { Operation, Seat } from '../../lib/domain/protocol/seat';
import type { StepDefinition } from '../../lambdas/shared/step';
import type { World } from './ports';
import { createWorld, operationAt, rejectionOf } from './ports';
import { deliver, phaseOf } from './run-step';

const BOTH = ['postgres', 'redis'] as const;
const proven = { postgres: 'az-b', redis: 'az-b' };

const heldBy = (operation: Partial<Operation>, seat: Partial<Seat> = {}): Promise<World> =>
  createWorld({
    hasRedis: true,
    seat: {
      epoch: 8,
      operation: operationAt(8, { stores: BOTH, eligibleBefore: proven, mode: 'planned', ...operation }),
      ...seat,
    },
  });

const ofRedis = { stores: ['redis'], eligibleBefore: { redis: 'az-b' } } as const;
const redisIn = async (world: World) => (await world.seatNow()).beside.redis;
const deliverAll = async (world: World, ...steps: readonly StepDefinition[]): Promise<void> => {
  for (const step of steps) await deliver(step, world);
};

describe('a move of two stores', () => {
  it('fences, levels, switches, verifies and admits both', async () => {
    const world = await heldBy({ phase: 'claimed' });
    await deliverAll(world, checkResources);
    expect(await deliver(fenceWriters, world)).toMatchObject({
      kind: 'read-only',
      redis: { kind: 'read-only', holds: true, waived: false },
    });
    expect([world.servers.write('az-a', 'x'), world.redis.write('az-a', 'x')]).toEqual([
      'refused',
      'refused',
    ]);
    expect(await deliver(waitForSync, world)).toMatchObject({ waited: true, redis: { level: true } });
    await deliverAll(world, switchRedis);
    expect(await phaseOf(world)).toBe('switching');
    expect(await redisIn(world)).toEqual({ writer: 'az-b', eligible: null, cooldownUntilMs: 0 });
    expect(await world.seatNow()).toMatchObject({ writer: 'az-a', eligible: 'az-b', cooldownUntilMs: 0 });
    await deliverAll(world, switchRedis, switchPostgres);
    expect(await phaseOf(world)).toBe('switched');
    expect(await deliver(verifyHealth, world)).toEqual({
      seen: 'postgres ok as primary, redis ok as primary, api ok',
    });
    await deliverAll(world, verifyData, admitWrites, shiftAllTraffic);
    expect(await deliver(verifyService, world)).toEqual({
      seen: 'weight 100, api ok, postgres writable, redis writable',
    });
  });

  it('commits both when they end at the same instant', async () => {
    const world = await heldBy({ phase: 'fenced' });
    await Promise.all([deliver(switchPostgres, world), deliver(switchRedis, world)]);
    expect(await phaseOf(world)).toBe('switched');
    expect(await world.seatNow()).toMatchObject({ writer: 'az-b', beside: { redis: { writer: 'az-b' } } });
  });

  it('gives up a commit that loses every race', async () => {
    const world = await heldBy({ phase: 'fenced' });
    const { apply } = world.ports.store;
    let races = 0;
    jest.spyOn(world.ports.store, 'apply').mockImplementation(async (event, claim) => {
      if (event.type !== 'switch-writer') return apply(event, claim);
      const { operation: seen } = await world.seatNow();
      races += 1;
      if (seen !== null)
        await apply({
          type: 'advance',
          epoch: 8,
          from: ['switching'],
          to: 'switching',
          seen,
          nowMs: 1,
        });
      return apply(event, claim);
    });
    expect(await rejectionOf(deliver(switchRedis, world))).toMatchObject({ code: 'moved-on' });
    expect(races).toBe(5);
  });

  it('does not go on when one is not ready, level, verified or healthy, and says which', async () => {
    const notReady = { ok: false, findings: ['maxmemory evicts'], numbers: {} };
    const world = await heldBy({ phase: 'claimed' });
    const { redis } = world.ports.beside;
    if (redis === undefined) throw new Error('there is Redis');
    jest.spyOn(redis, 'preflight').mockResolvedValueOnce(notReady);
    expect((await rejectionOf(deliver(checkResources, world))).message).toBe(
      'az-b cannot take over: redis: maxmemory evicts',
    );
    const fenced = await heldBy({ phase: 'fenced' });
    const engine = fenced.ports.beside.redis;
    if (engine === undefined) throw new Error('there is Redis');
    jest
      .spyOn(engine, 'waitUntilLevel')
      .mockResolvedValueOnce({ level: false, writerPosition: null, standbyPosition: null, bytesBehind: 7 });
    expect((await rejectionOf(deliver(waitForSync, fenced))).message).toMatch(
      /^az-b is 7 bytes of redis behind az-a/,
    );
    jest
      .spyOn(fenced.ports.postgres, 'verify')
      .mockResolvedValueOnce({ ok: true, findings: [], numbers: {} });
    jest.spyOn(engine, 'verify').mockResolvedValueOnce(notReady);
    expect((await rejectionOf(deliver(verifyData, fenced))).message).toBe(
      'the data of redis in az-b did not verify: maxmemory evicts',
    );
    expect((await rejectionOf(deliver(verifyHealth, fenced))).message).toMatch(
      /postgres ok as standby, redis ok as standby, api ok$/,
    );
  });

  it('waives no fence of the store whose standby is proven', async () => {
    const waiver = { acceptLossSeconds: 60, mode: 'emergency', phase: 'prepared' } as const;
    const before = { postgres: null, redis: 'az-b' };
    const world = await heldBy({ ...waiver, eligibleBefore: before }, { eligible: null });
    await world.ports.postgres.beacon('az-a', await world.ports.store.nowMs(), 1);
    world.lose('az-a');
    expect(await deliver(fenceWriters, world)).toMatchObject({
      holds: false,
      waived: true,
      redis: { kind: 'synchronous-standby', holds: true, waived: false },
    });
    const alone = { writer: 'az-a', eligible: null, cooldownUntilMs: 0 };
    const other = await heldBy({ ...waiver, eligibleBefore: before }, { beside: { redis: alone } });
    await other.ports.postgres.beacon('az-a', await other.ports.store.nowMs(), 1);
    other.lose('az-a');
    expect((await rejectionOf(deliver(fenceWriters, other))).message).toMatch(
      /^no fence holds against az-a of Redis: /,
    );
  });

  it('compares the price of each store that gates', async () => {
    const world = await createWorld({
      hasRedis: true,
      policy: { rpoGates: ['postgres', 'redis'] },
      seat: {
        epoch: 8,
        eligible: null,
        beside: { redis: { writer: 'az-a', eligible: null, cooldownUntilMs: 0 } },
        operation: operationAt(8, {
          stores: BOTH,
          eligibleBefore: { postgres: null, redis: null },
          acceptLossSeconds: 60,
          phase: 'prepared',
        }),
      },
    });
    const nowMs = await world.ports.store.nowMs();
    await world.ports.postgres.beacon('az-a', nowMs - 1_000, 1);
    await world.ports.beside.redis?.beacon('az-a', nowMs - 61_000, 1);
    expect(await rejectionOf(deliver(fenceWriters, world))).toMatchObject({
      code: 'rpo-exceeded',
      numbers: { component: 'redis', boundSeconds: 61, limitSeconds: 60 },
    });
  });

  it('is undone as one: when one has no way back, both go forward', async () => {
    const world = await heldBy({ phase: 'fenced' });
    await deliver(fenceWriters, await heldBy({ phase: 'prepared' }));
    world.redis.kill('az-a');
    const { result } = await settle(world.ports, 8, 'Lambda.Unknown: it died');
    expect(result).toBe('completed');
    expect(await world.seatNow()).toMatchObject({ writer: 'az-b', beside: { redis: { writer: 'az-b' } } });
    expect([world.servers.write('az-a', 'x'), world.servers.write('az-b', 'y')]).toEqual([
      'unknown',
      'acknowledged',
    ]);
  });

  it('goes back whole when only one was promoted and the other cannot be', async () => {
    const world = await heldBy({ phase: 'fenced' });
    await deliver(switchRedis, world);
    world.servers.kill('az-b');
    const { result } = await settle(world.ports, 8, 'Unreachable: az-b');
    expect(result).toBe('rolled-back');
    const nobody = { writer: 'az-a', eligible: null, cooldownUntilMs: 0 };
    expect(await world.seatNow()).toMatchObject({ ...nobody, beside: { redis: nobody }, operation: null });
    expect([world.servers.write('az-a', 'x'), world.redis.write('az-a', 'y')]).toEqual([
      'acknowledged',
      'acknowledged',
    ]);
    expect(world.redis.at('az-b').power).toBe('stopped');
  });

  it.each(['planned', 'emergency'] as const)(
    'goes forward whole when Redis was switched first and PostgreSQL was not: %s',
    async (mode) => {
      const world = await heldBy({ phase: 'fenced', mode });
      await deliver(switchRedis, world);
      expect((await settle(world.ports, 8, 'Lambda.Unknown: it died')).result).toBe('completed');
      expect(await world.seatNow()).toMatchObject({ writer: 'az-b', beside: { redis: { writer: 'az-b' } } });
      expect([world.servers.write('az-b', 'x'), world.redis.write('az-b', 'y')]).toEqual([
        'acknowledged',
        'acknowledged',
      ]);
    },
  );

  it('lets every store of the old side go that can be, when one of them is silent', async () => {
    const gone = {
      eligible: null,
      beside: { redis: { writer: 'az-a', eligible: null, cooldownUntilMs: 0 } },
    };
    const world = await heldBy({ phase: 'undoing' }, gone);
    world.servers.at('az-a').isReadOnly = true;
    world.redis.kill('az-a');
    await rejectionOf(settle(world.ports, 8, 'it died'));
    expect(world.servers.write('az-a', 'x')).toBe('acknowledged');
    expect((await world.seatNow()).operation).not.toBeNull();
  });

  it('leaves no promoted store running because another one of its zone is gone', async () => {
    const world = await heldBy({ phase: 'fenced' });
    await deliver(switchRedis, world);
    world.servers.kill('az-b');
    world.redis.silenceHost('az-b');
    expect(await rejectionOf(settle(world.ports, 8, 'Unreachable: az-b'))).toMatchObject({
      code: 'no-fence',
    });
    expect((await world.seatNow()).operation).toMatchObject({ phase: 'undoing' });
  });

  it('moves nothing into a standby that turned out to be none, and says so in the seat', async () => {
    const world = await heldBy({ phase: 'fenced', mode: 'emergency' });
    const why = 'az-b is no synchronous replica of az-a: its fence row names az-b at epoch 5';
    const fence = async () => ({ kind: 'synchronous-standby', holds: false, why }) as const;
    Object.assign(world.ports.beside.redis ?? {}, { fence });
    const died = String(await rejectionOf(deliver(fenceWriters, world)));
    expect(died).toContain('no fence holds against az-a of Redis');
    world.lose('az-a');
    expect(await settle(world.ports, 8, died)).toMatchObject({
      result: 'rolled-back',
      reason: expect.stringContaining(`not forward: Redis: ${why}`),
    });
    expect(await world.seatNow()).toMatchObject({
      operation: null,
      writer: 'az-a',
      eligible: 'az-b',
      beside: { redis: { writer: 'az-a', eligible: null } },
    });
    expect([world.servers.write('az-b', 'x'), world.redis.write('az-b', 'y')]).toEqual([
      'refused',
      'refused',
    ]);
  });

  it('gives nothing back when one is promoted already and the other may not be', async () => {
    const world = await heldBy({ phase: 'fenced', mode: 'emergency' });
    await world.ports.postgres.ensureWriterIn('az-b', { epoch: 8, deadlineMs: 1_000 });
    const fence = async () => ({ kind: 'synchronous-standby', holds: false, why: 'it is none' }) as const;
    Object.assign(world.ports.beside.redis ?? {}, { fence });
    world.lose('az-a');
    expect(await rejectionOf(settle(world.ports, 8, 'it died'))).toMatchObject({
      code: 'no-fence',
      message: expect.stringContaining('PostgreSQL in az-b is promoted already'),
    });
    expect((await world.seatNow()).operation).toMatchObject({ phase: 'undoing' });
  });

  it('compares no price of a store whose standby is proven', async () => {
    const waiver = { acceptLossSeconds: 5, mode: 'emergency', phase: 'prepared' } as const;
    const before = { postgres: 'az-b', redis: null };
    const alone = { redis: { writer: 'az-a', eligible: null, cooldownUntilMs: 0 } };
    const world = await heldBy({ ...waiver, eligibleBefore: before }, { beside: alone });
    expect(await deliver(fenceWriters, world)).toMatchObject({
      kind: 'synchronous-standby',
      redis: { kind: 'power', holds: true },
    });
  });

  it('is settled although a branch goes on between the look and the take-over', async () => {
    const world = await heldBy({ phase: 'fenced', mode: 'emergency' });
    await deliver(switchPostgres, world);
    const { apply } = world.ports.store;
    let isFirst = true;
    jest.spyOn(world.ports.store, 'apply').mockImplementation(async (event, claim) => {
      if (event.type === 'take-over' && isFirst) {
        isFirst = false;
        await deliver(switchRedis, world);
      }
      return apply(event, claim);
    });
    expect((await settle(world.ports, 8, 'it died')).result).toBe('completed');
    expect(await world.seatNow()).toMatchObject({ writer: 'az-b', beside: { redis: { writer: 'az-b' } } });
  });
});

describe('a move of Redis alone', () => {
  it('leaves PostgreSQL, API and traffic where they are', async () => {
    const world = await heldBy({ ...ofRedis, phase: 'fenced', mode: 'emergency' });
    world.down.api.add('az-b');
    await deliver(switchRedis, world);
    expect(await phaseOf(world)).toBe('switched');
    expect(await deliver(verifyHealth, world)).toEqual({ seen: 'redis ok as primary' });
    await deliverAll(world, verifyData, admitWrites);
    expect(await deliver(shiftAllTraffic, world)).toMatchObject({ weights: null });
    expect(await deliver(verifyService, world)).toEqual({ seen: 'redis writable' });
    expect(await world.seatNow()).toMatchObject({ writer: 'az-a', eligible: 'az-b', cooldownUntilMs: 0 });
    expect(world.servers.write('az-a', 'x')).toBe('acknowledged');
    expect(await world.ports.traffic.current(1)).toEqual({ 'az-a': 100, 'az-b': 0 });
  });

  it('starts its own cooldown, and no other store’s', async () => {
    const world = await heldBy({ ...ofRedis, phase: 'admitted', mode: 'emergency' });
    await commit(world.ports, 8, 'completed');
    const seat = await world.seatNow();
    expect(seat.beside.redis?.cooldownUntilMs).toBeGreaterThan(await world.ports.store.nowMs());
    expect(seat).toMatchObject({ operation: null, cooldownUntilMs: 0 });
  });

  it('never switches a store that it is not about', async () => {
    const world = await heldBy({ ...ofRedis, phase: 'fenced' });
    expect(await rejectionOf(deliver(switchPostgres, world))).toMatchObject({ code: 'not-moved' });
    expect(world.servers.at('az-b').inRecovery).toBe(true);
  });
});

describe('the standby of Redis', () => {
  const claimed = { execution: 'orders-e8', request: { epoch: 8 } };

  it('is given up alone', async () => {
    const gone = { redis: { writer: 'az-a', eligible: null, cooldownUntilMs: 0 } };
    const world = await heldBy({ ...ofRedis, kind: 'degrade', phase: 'claimed' }, { beside: gone });
    world.redis.kill('az-b');
    await degradeStandby(claimed, world.ports);
    expect(world.redis.write('az-a', 'alone')).toBe('acknowledged');
    expect(world.servers.at('az-a').syncName).toBe('az-b-e1');
    expect(await world.seatNow()).toMatchObject({
      eligible: 'az-b',
      lastOutcome: { kind: 'degrade', stores: ['redis'] },
    });
  });

  it('is proven alone', async () => {
    const gone = { redis: { writer: 'az-a', eligible: null, cooldownUntilMs: 0 } };
    const rejoin = { ...ofRedis, kind: 'rejoin', phase: 'claimed', eligibleBefore: { redis: null } } as const;
    const world = await heldBy(rejoin, { eligible: null, beside: gone });
    const operation = await rejoinStandby(claimed, world.ports);
    expect(await restoreSync({ operation }, world.ports)).toEqual({ eligible: 'az-b' });
    expect(await world.seatNow()).toMatchObject({
      eligible: null,
      beside: { redis: { writer: 'az-a', eligible: 'az-b', cooldownUntilMs: 0 } },
      operation: null,
    });
    expect(world.redis.at('az-a').syncName).toBe('az-b-e8');
  });
});

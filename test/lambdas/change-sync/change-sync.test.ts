import { changeSync } from '../../../lambdas/change-sync/change-sync';
import { degradeStandby } from '../../../lambdas/degrade-standby/degrade-standby';
import { rejoinStandby } from '../../../lambdas/rejoin-standby/rejoin-standby';
import { restoreSync } from '../../../lambdas/restore-sync/restore-sync';
import { decide } from '../../../lib/domain/decision/decide';
import type { SyncChange, SyncRequest } from '../../../lib/contract/payload';
import { placeOf } from '../../../lib/domain/protocol/seat';
import { CALM_GRID } from '../../domain/decision/world';
import type { World } from '../ports';
import { createWorld, keepLooking, putGrid, rejectionOf } from '../ports';

const both = async (): Promise<World> => {
  const world = await createWorld({ hasRedis: true });
  await putGrid(world, CALM_GRID);
  keepLooking(world, CALM_GRID);
  return world;
};

const EXECUTION = 'orders-s-1';

/** What was started is carried to its end, as its own machine would. */
const carry = async (world: World, from: number): Promise<void> => {
  for (const { machine, name, input } of world.workflows.started.slice(from)) {
    const start = { request: input, execution: name };
    if (machine === 'degrade') await degradeStandby(start, world.ports);
    else await restoreSync({ operation: await rejoinStandby(start, world.ports) }, world.ports);
  }
};

const ran = async (
  world: World,
  request: Partial<SyncRequest>,
  execution = EXECUTION,
): Promise<SyncChange> => {
  const asked = { do: 'pause', reason: 'new disks', requestedBy: 'ana', ...request };
  let progress: Partial<SyncChange> = {};
  for (let look = 0; look < 40; look += 1) {
    const before = world.workflows.started.length;
    const after = await changeSync({ request: asked, execution, progress }, world.ports);
    if (after.done === 'yes') return after;
    await carry(world, before);
    await world.clock.sleep(after.waitSeconds * 1000);
    progress = after;
  }
  throw new Error(`it was expected to end: ${JSON.stringify(progress)}`);
};

const redisOf = async (world: World) => placeOf(await world.seatNow(), 'redis');

describe('pause', () => {
  it('says "not eligible" and who did it before the copy stops following, and it stays so', async () => {
    const world = await both();
    const { sentence } = await ran(world, { stores: ['redis'] });
    expect(sentence).toMatch(/^Redis: paused; the copy in az-b is not waited for/);
    expect(await redisOf(world)).toMatchObject({
      eligible: null,
      hold: { how: 'paused', by: 'ana', reason: 'new disks', request: EXECUTION },
    });
    expect((await world.seatNow()).eligible).toBe('az-b');
    expect(world.redis.write('az-a', 'alone')).toBe('acknowledged');
    expect(world.redis.at('az-b').ids).toEqual([]);
    const seat = await world.seatNow();
    const observations = await world.ports.store.readObservations();
    const ageMs = Object.fromEntries(observations.map(({ witness }) => [witness, 0]));
    const nowMs = await world.ports.store.nowMs();
    const snapshot = {
      topology: world.topology,
      policyVersion: 'p1',
      seat,
      observations,
      ageMs,
      nowMs,
      decidedBy: null,
    };
    expect(decide(snapshot)).toMatchObject({ kind: 'none', operation: null });
  });

  it('is done for all stores, one after the other, and once however often it is looked at', async () => {
    const world = await both();
    const { sentence } = await ran(world, {});
    expect(sentence).toMatch(/^PostgreSQL: paused; .*; Redis: paused; /);
    expect(world.workflows.started.map(({ machine }) => machine)).toEqual(['degrade', 'degrade']);
    await ran(world, {});
    expect(world.workflows.started).toHaveLength(2);
  });

  it('marks a copy that does not answer, which takes nothing in', async () => {
    const world = await both();
    world.servers.kill('az-b');
    await ran(world, { stores: ['postgres'] });
    const steps = await world.ports.store.readSteps(8);
    expect(steps[0]?.detail).toMatchObject({
      copies: { postgres: expect.stringMatching(/^its copy does not answer: Unreachable/) },
    });
    expect(await world.seatNow()).toMatchObject({ eligible: null, hold: { how: 'paused' } });
  });

  it('waits for whoever holds the seat', async () => {
    const world = await both();
    const first = await changeSync(
      { request: { do: 'stop', stores: ['redis'], reason: 'r' }, execution: 'e1' },
      world.ports,
    );
    expect(first).toMatchObject({ done: 'no', note: 'the seat says that the copy is not eligible' });
    const second = await changeSync(
      { request: { do: 'pause', stores: ['postgres'], reason: 'r' }, execution: 'e2' },
      world.ports,
    );
    expect(second).toMatchObject({ done: 'no', note: 'the degrade of epoch 8 to end' });
    const late = { ...second, sinceMs: second.sinceMs - 400_000 };
    const failure = await rejectionOf(
      changeSync(
        { request: { do: 'pause', stores: ['postgres'], reason: 'r' }, execution: 'e2', progress: late },
        world.ports,
      ),
    );
    expect(failure.name).toBe('DeadlineExceeded');
    expect(failure.message).toMatch(
      /pause of postgres is not done after 280 s: the degrade of epoch 8 to end/,
    );
  });

  it('refuses what may not be degraded, and a stranger to this deployment', async () => {
    const world = await both();
    const refused = (request: unknown) => rejectionOf(changeSync({ request, execution: 'e' }, world.ports));
    expect((await refused({ do: 'pause', stores: ['kafka'], reason: 'r' })).message).toMatch(
      /no kafka, only postgres, redis/,
    );
    expect((await refused({ do: 'pause' })).message).toMatch(/"reason" is nothing/);
    expect((await refused({ do: 'melt', reason: 'r' })).name).toBe('InvalidRequest');
    const blind = await createWorld({ hasRedis: true });
    const failure = await rejectionOf(
      changeSync({ request: { do: 'pause', reason: 'r' }, execution: 'e' }, blind.ports),
    );
    expect(failure.message).toMatch(/no witness outside the data zones sees the primary/);
  });

  it('refuses a store that elects by itself', async () => {
    const world = await createWorld({ hasRedis: true, hasKafka: true });
    const request = { do: 'force-full', stores: ['kafka'], reason: 'r' };
    expect((await rejectionOf(changeSync({ request, execution: 'e' }, world.ports))).message).toMatch(
      /^force-full is not possible for Kafka/,
    );
  });
});

describe('resume and start', () => {
  it.each([
    ['pause', 'resume'],
    ['stop', 'start'],
  ] as const)('after %s: takes the mark away and brings the copy back', async (away, back) => {
    const world = await both();
    await ran(world, { do: away, stores: ['redis'] });
    expect(world.redis.at('az-b').power).toBe(away === 'stop' ? 'stopped' : 'running');
    world.redis.write('az-a', 'meanwhile');
    const { sentence } = await ran(world, { do: back, stores: ['redis'] }, 'orders-s-2');
    expect(sentence).toBe('Redis: in sync; the copy in az-b is proven');
    expect(await redisOf(world)).toMatchObject({ eligible: 'az-b', hold: null });
    expect(world.redis.at('az-b').ids).toEqual(['meanwhile']);
  });

  it('is done at once for what is in sync', async () => {
    const world = await both();
    expect(await ran(world, { do: 'resume' })).toMatchObject({ done: 'yes' });
    expect(world.workflows.started).toEqual([]);
  });

  it('takes the mark away although the copy cannot come back yet, and says what it waits for', async () => {
    const world = await both();
    await ran(world, { stores: ['postgres'] });
    const request = { do: 'resume', stores: ['postgres'], reason: 'r' };
    const first = await changeSync({ request, execution: 'e' }, world.ports);
    expect(await world.seatNow()).toMatchObject({ hold: null, eligible: null });
    keepLooking(world, GONE, 500);
    const second = await changeSync({ request, execution: 'e', progress: first }, world.ports);
    expect(second.note).toMatch(/neither the host nor the store in az-b answers a majority/);
  });
});

const GONE = `
  az-a     o    o     o        F    F     F        o
  az-b     silent
  az-c     o    o     o        F    F     F        .
  region   .    o     .        .    F     .        .`;

describe('force-full', () => {
  it('makes the copy from nothing while the writer serves', async () => {
    const world = await both();
    world.redis.write('az-a', 'one');
    const { sentence } = await ran(world, { do: 'force-full', stores: ['redis'] });
    expect(sentence).toBe('Redis: rebuilt from nothing; the copy in az-b is proven');
    expect(world.workflows.started.map(({ machine }) => machine)).toEqual(['degrade', 'rejoin']);
    expect(await redisOf(world)).toMatchObject({ eligible: 'az-b', hold: null });
    expect(world.redis.at('az-b').ids).toEqual(['one']);
  });

  it('stays marked when the copy was not proven, and says how to go on', async () => {
    const world = await both();
    const request = { do: 'force-full', stores: ['redis'], reason: 'r' };
    const ask = (progress: Partial<SyncChange>) =>
      changeSync({ request, execution: 'e', progress }, world.ports);
    const degraded = await ask({});
    await carry(world, 0);
    const claimed = await ask(degraded);
    const seen = await world.seatNow();
    const { operation } = seen;
    if (operation === null) throw new Error('a rejoin was expected');
    const { epoch, kind, stores, from, to } = operation;
    const outcome = {
      epoch,
      kind,
      stores,
      result: 'released',
      from,
      to,
      reason: 'the disk is full',
      atMs: 0,
    } as const;
    const release = {
      type: 'release',
      epoch,
      from: ['claimed'],
      eligible: { redis: null },
      outcome,
    } as const;
    await world.ports.store.apply({ ...release, seen: { ...seen, operation } });
    const failure = await rejectionOf(ask(claimed));
    expect(failure.message).toMatch(
      /was not proven by the rejoin of epoch 9: the disk is full.*evac sync resume/,
    );
    expect(await redisOf(world)).toMatchObject({ hold: { how: 'rebuilding' } });
  });
});

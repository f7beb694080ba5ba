import { randomUUID } from 'node:crypto';
import { startDeadline } from '../../../lib/engines/deadline';
import type { OrderRequest, PlaceOutcome } from '../../../lib/lab/orders/order';
import { createOrderIndex, withIndex } from '../../../lib/lab/orders/order-index';
import type { OrderStore } from '../../../lib/lab/orders/order-store';
import type { RedisAccess } from '../../../lib/lab/orders/redis-access';
import { chooseRedisWriter, watchRedisWriter } from '../../../lib/lab/orders/redis-writer';
import { redisKeyOf } from '../../../lib/lab/orders/schema';
import { waitUntil } from '../../../lib/lab/wait-until';
import type { RealRedis } from '../../engines/redis/real-servers';
import { startRealRedis } from '../../engines/redis/real-servers';

jest.setTimeout(90_000);

const row = (zone: string, timeline: number) => ({ epoch: 1, zone, standby: '', timeline });
const [a, b] = ['az-a', 'az-b'].map((zone) => ({ zone, host: zone, port: 6379 }));
if (a === undefined || b === undefined) throw new Error('two servers');

describe('who writes, by the servers’ own word', () => {
  it.each([
    ['the one whose row names its own zone', row('az-a', 1), row('az-a', 1), 'az-a'],
    ['of two, the one of the newer timeline', row('az-a', 1), row('az-b', 2), 'az-b'],
    ['the same, the other way round', row('az-a', 3), row('az-b', 2), 'az-a'],
    ['the one that answers', null, row('az-b', 2), 'az-b'],
    ['nobody, where none is its own', row('az-b', 2), null, null],
    ['nobody, where none answers', null, null, null],
  ])('is %s', (_what, ofA, ofB, wanted) => {
    const words = [
      { at: a, row: ofA },
      { at: b, row: ofB },
    ];
    expect(chooseRedisWriter(words)?.zone ?? null).toBe(wanted);
  });
});

const requestFor = (id: string = randomUUID()): OrderRequest => ({
  id,
  idempotencyKey: `key-${id}`,
  amount: 1,
  body: '{}',
});
const inMs = (ms: number): number => performance.now() + ms;

let servers: RealRedis;
let access: RedisAccess;
let writer: ReturnType<typeof watchRedisWriter>;
let index: ReturnType<typeof createOrderIndex>;

beforeAll(async () => {
  servers = await startRealRedis();
  const zones = ['az-a', 'az-b'];
  access = {
    servers: zones.map((zone) => ({ zone, host: servers.addressOf(zone), port: 6379 })),
    user: 'orders',
    password: servers.workloadPassword,
    name: 'orders-test',
  };
  writer = watchRedisWriter(access, 20);
  index = createOrderIndex(access, writer);
});
afterAll(async () => {
  index.close();
  await writer.close();
  await servers.close();
});

const untilWriterIs = (zone: string | null): Promise<void> =>
  waitUntil({ what: `${zone} to write`, timeoutMs: 5_000, everyMs: 10 }, () => {
    return (writer.current()?.zone ?? null) === zone;
  });
const heldIn = (zone: string, { idempotencyKey }: OrderRequest) =>
  servers.ask(zone, 'GET', redisKeyOf(idempotencyKey));

describe('orders in Redis', () => {
  it('are refused while nobody is known to write', async () => {
    const fresh = watchRedisWriter({ ...access, servers: [] }, 20);
    const empty = createOrderIndex(access, fresh);
    expect(await empty.add(requestFor(), inMs(100))).toMatchObject({ refusal: 'no-index-writer' });
    empty.close();
    await fresh.close();
  });

  it('are held on both sides before they are acknowledged', async () => {
    await untilWriterIs('az-a');
    const request = requestFor();
    expect(await index.add(request, inMs(1_000))).toBeNull();
    expect([await heldIn('az-a', request), await heldIn('az-b', request)]).toEqual([request.id, request.id]);
  });

  it('count once, however often they are tried', async () => {
    const request = requestFor();
    const before = Number(await servers.ask('az-a', 'GET', 'orders:count'));
    for (let turn = 0; turn < 3; turn += 1) expect(await index.add(request, inMs(1_000))).toBeNull();
    expect(Number(await servers.ask('az-a', 'GET', 'orders:count'))).toBe(before + 1);
  });

  it('refuse a key that was used for another order', async () => {
    const request = requestFor();
    await index.add(request, inMs(1_000));
    const other = { ...requestFor(), idempotencyKey: request.idempotencyKey };
    expect(await index.add(other, inMs(1_000))).toMatchObject({ kind: 'conflict' });
  });

  it('are not acknowledged alone, until Evac has said that nobody is waited for', async () => {
    servers.signal('az-b', 'SIGSTOP');
    const request = requestFor();
    expect(await index.add(request, inMs(300))).toEqual({
      kind: 'refused',
      refusal: 'index-not-replicated',
      written: 'unknown',
    });
    await servers.engine.degrade('az-a', { epoch: 2, deadlineMs: 5_000 });
    expect(await index.add(request, inMs(1_000))).toBeNull();
    servers.signal('az-b', 'SIGCONT');
    await servers.engine.rejoin('az-b', 'az-a', { epoch: 3, deadlineMs: 20_000 });
    await servers.engine.ensureSynchronous('az-a', 'az-b', { epoch: 3, deadlineMs: 20_000 });
  });

  it('are turned away when every session is in use', async () => {
    servers.signal('az-b', 'SIGSTOP');
    const many = Array.from({ length: 21 }, () => index.add(requestFor(), inMs(400)));
    const outcomes = await Promise.all(many);
    servers.signal('az-b', 'SIGCONT');
    const refusals = outcomes.map((outcome) => (outcome?.kind === 'refused' ? outcome.refusal : outcome));
    expect(refusals.filter((each) => each === 'index-not-replicated')).toHaveLength(20);
    expect(refusals.filter((each) => each === 'no-index-connection')).toHaveLength(1);
  });

  it('follow the writer: refused by the one that is fenced, held by the one that takes over', async () => {
    const effect = { epoch: 4, deadlineMs: 5_000 };
    await servers.engine.fence('az-a', { mode: 'planned', standbyEligible: true }, effect);
    expect(await index.add(requestFor(), inMs(200))).toMatchObject({ kind: 'refused', written: 'unknown' });
    await servers.engine.waitUntilLevel('az-a', 'az-b', effect);
    await servers.engine.ensureWriterIn('az-b', effect);
    await servers.engine.admitWrites('az-b', effect);
    await untilWriterIs('az-b');
    const request = requestFor();
    await waitUntil({ what: 'az-b to hold an order', timeoutMs: 5_000, everyMs: 20 }, async () => {
      return (await index.add(request, inMs(500))) === null;
    });
    expect(await heldIn('az-b', request)).toBe(request.id);
  });

  it('are of unknown end when the session is lost in the middle', async () => {
    servers.signal('az-b', 'SIGSTOP');
    const request = requestFor();
    expect(await index.add(request, inMs(200))).toMatchObject({ kind: 'refused', written: 'unknown' });
    servers.signal('az-b', 'SIGCONT');
    const session = await servers.open('az-b', 'orders', 1_000);
    expect(await session.run(['PING'], startDeadline(1_000))).toBe('PONG');
    session.close();
  });
});

describe('an order in both stores', () => {
  const acknowledged: PlaceOutcome = {
    kind: 'acknowledged',
    order: { id: 'x', amount: '1', acceptedZone: 'az-a' },
    replayed: false,
    writer: 'here',
  };
  const conflict: PlaceOutcome = { kind: 'conflict', message: 'used' };
  const closed: string[] = [];
  const storeWith = (outcome: PlaceOutcome): OrderStore => ({
    place: async () => outcome,
    find: async () => undefined,
    close: () => void closed.push('store'),
  });
  const indexWith = (outcome: typeof conflict | null) => ({
    add: async () => outcome,
    close: () => void closed.push('index'),
  });

  it('is acknowledged when both have it, and never asked of Redis when PostgreSQL has it not', async () => {
    const request = requestFor();
    const place = (first: PlaceOutcome, then: typeof conflict | null) =>
      withIndex(storeWith(first), indexWith(then)).place(request, inMs(100));
    expect(await place(acknowledged, null)).toBe(acknowledged);
    expect(await place(acknowledged, conflict)).toBe(conflict);
    const refused = { kind: 'refused', refusal: 'no-writer', written: 'no' } as const;
    expect(await place(refused, conflict)).toBe(refused);
  });

  it('lets go of both', () => {
    withIndex(storeWith(acknowledged), indexWith(null)).close();
    expect(closed).toEqual(['index', 'store']);
  });
});

import { request } from 'node:http';
import { hostName } from '../../../lib/lab/orders/database-access';
import { startOrders } from '../../../lib/lab/orders/orders-process';
import { waitUntil } from '../../../lib/lab/wait-until';
import type { Api } from './api-client';
import { accessTo, admitWrites, installSchema, startApi, terminateApi } from './api-client';
import type { PostgresServer } from './postgres-server';
import { describeOnServer, startPrimary } from './postgres-server';

jest.setTimeout(60_000);

describeOnServer('the orders API on one PostgreSQL', () => {
  let server: PostgresServer;
  let api: Api;
  const rowsOf = async (id: string) => server.query(`SELECT * FROM orders.orders WHERE id = '${id}'`);
  const reload = () => server.query('SELECT pg_reload_conf()');
  const waitingBackends = () => server.query(`SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'`);
  const untilWaiting = () =>
    waitUntil(
      { what: 'a commit waiting for its standby', timeoutMs: 3_000 },
      async () => (await waitingBackends()).length > 0,
    );

  /** The checkpointer applies the setting some time after the reload: until a commit really waits, it is not in force. */
  const requireAbsentStandby = async (): Promise<void> => {
    await server.query('CREATE TABLE IF NOT EXISTS probe (n integer)');
    await server.query(`ALTER SYSTEM SET synchronous_standby_names = 'nobody'`);
    await reload();
    await waitUntil({ what: 'commits to wait', timeoutMs: 5_000 }, async () => {
      const probe = server.query('INSERT INTO probe VALUES (1)').then(
        () => false,
        () => true,
      );
      const waits = await Promise.race([probe, untilWaiting().then(() => true)]);
      if (waits) await endWaiting();
      return waits;
    });
  };
  const endWaiting = () =>
    server.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`);

  beforeAll(async () => {
    server = await startPrimary();
    await installSchema(server);
    await admitWrites(server);
    api = await startApi([server.at]);
    await api.untilWriter(hostName(server.at));
  });
  afterAll(async () => {
    await api.drain();
    await server.close();
  });
  afterEach(async () => {
    await server.query('ALTER SYSTEM RESET ALL');
    await reload();
    await waitUntil({ what: 'defaults', timeoutMs: 3_000 }, () =>
      admitWrites(server).then(
        () => true,
        () => false,
      ),
    );
    await api.untilWriter(hostName(server.at));
  });

  it('acknowledges a committed order and gives it back', async () => {
    const placed = await api.post('k1', { id: 'o1', amount: 12.5 });
    expect(placed.status).toBe(201);
    expect(placed.body).toMatchObject({
      id: 'o1',
      amount: '12.5',
      replayed: false,
      zone: 'az-a',
      writer: hostName(server.at),
    });
    expect(placed.headers.get('x-served-by')).toBe('az-a');
    expect(await rowsOf('o1')).toHaveLength(1);
    expect((await api.get('/orders/o1')).body).toEqual({ id: 'o1', amount: '12.5', acceptedZone: 'az-a' });
    expect((await api.get('/orders/none')).status).toBe(404);
  });

  it('counts what its clients’ requests were like since a mark, and not who asks for that or for its health', async () => {
    const { mark } = (await api.get('/samples')).body;
    await api.post('k-sample', { amount: 1 });
    await api.post('', { amount: 1 });
    await api.get('/orders/none');
    await api.health();
    const since = await api.get(`/samples?since=${String(mark)}`);
    expect(since.status).toBe(200);
    expect(since.body).toMatchObject({ requests: 3, errors: 0 });
    expect(since.body['p99Ms']).toBeGreaterThan(0);
    expect((await api.get(`/samples?since=${String(since.body['mark'])}`)).body).toMatchObject({
      requests: 0,
    });
  });

  it('does not know the mark of the API before it', async () => {
    expect((await api.get('/samples?since=other.1')).status).toBe(410);
  });

  it('counts as errors what it did not serve', async () => {
    const { mark } = (await api.get('/samples')).body;
    expect((await api.post('k-bad', { amount: 1, note: '\u0000' })).status).toBe(503);
    expect((await api.get(`/samples?since=${String(mark)}`)).body).toMatchObject({ requests: 1, errors: 1 });
  });

  it('makes an id when none is given, and answers a retry with the same order after writing again', async () => {
    const first = await api.post('k2', { amount: 1 });
    const again = await api.post('k2', { amount: 1 });
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toMatchObject({ id: first.body['id'], replayed: true });
    expect(await rowsOf(String(first.body['id']))).toMatchObject([{ replays: 1 }]);
  });

  it('refuses a key used for another order, and an id that exists under another key', async () => {
    await api.post('k3', { id: 'o3', amount: 1 });
    expect((await api.post('k3', { id: 'o3', amount: 2 })).status).toBe(409);
    expect((await api.post('k3-other', { id: 'o3', amount: 1 })).status).toBe(409);
  });

  it.each([
    ['', { amount: 1 }, 'Idempotency-Key'],
    ['k', 'no json', 'a JSON object is needed'],
    ['k', [], 'a JSON object is needed'],
    ['k', { amount: 0 }, 'a number above 0 is needed, found 0'],
    ['k', { amount: '7' }, 'a number above 0 is needed, found "7"'],
    ['k', { id: '', amount: 1 }, 'id: a text'],
  ])('refuses bad input (key %j, body %j) with a sentence', async (key, body, message) => {
    const answer = await api.post(key, body);
    expect(answer.status).toBe(400);
    expect(answer.body['error']).toContain(message);
  });

  it('refuses a body that is too large, and paths it does not have', async () => {
    expect((await api.post('k', { amount: 1, note: 'x'.repeat(20_000) })).status).toBe(413);
    expect((await api.get('/elsewhere')).status).toBe(404);
  });

  it('says that the database refused what it cannot store', async () => {
    const answer = await api.post('k-null', { amount: 1, note: '\u0000' });
    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({ refusal: 'rejected-by-database', written: 'no' });
  });

  it('sets synchronous_commit and the level of warnings itself, whatever the role has', async () => {
    await server.query('ALTER ROLE orders SET synchronous_commit = off');
    await server.query('ALTER ROLE orders SET client_min_messages = error');
    await requireAbsentStandby();
    await terminateApi(server);
    const answer = await api.post('k-role', { id: 'o-role', amount: 1 });
    await server.query('ALTER SYSTEM RESET ALL');
    await reload();
    await server.query('ALTER ROLE orders RESET synchronous_commit');
    await server.query('ALTER ROLE orders RESET client_min_messages');
    expect(answer.status).toBe(503);
  });

  it('answers 503 within its own deadline when the commit waits, says unknown, and acknowledges the retry once it is synced', async () => {
    await requireAbsentStandby();
    const startedMs = performance.now();
    const answer = await api.post('k4', { id: 'o4', amount: 1 });
    expect(performance.now() - startedMs).toBeLessThan(1_200);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(answer.body).toMatchObject({ refusal: 'deadline', written: 'unknown', retryAfterMs: 50 });
    await server.query('ALTER SYSTEM RESET ALL');
    await reload();
    expect((await api.post('k4', { id: 'o4', amount: 1 })).status).toBe(201);
    expect(await rowsOf('o4')).toHaveLength(1);
  });

  it('does not acknowledge a commit whose wait for the standby was cancelled', async () => {
    await requireAbsentStandby();
    const answer = api.post('k5', { id: 'o5', amount: 1 });
    await untilWaiting();
    await server.query(`SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`);
    expect((await answer).body).toMatchObject({ refusal: 'not-replicated', written: 'unknown' });
    expect(await rowsOf('o5')).toHaveLength(1); // it is there, on this server alone
  });

  it('does not acknowledge a phantom: the retry of a terminated commit waits for the standby too', async () => {
    await requireAbsentStandby();
    const first = api.post('k6', { id: 'o6', amount: 1 });
    await untilWaiting();
    await endWaiting();
    expect((await first).body).toMatchObject({ refusal: 'connection-lost', written: 'unknown' });
    expect(await rowsOf('o6')).toHaveLength(1);
    expect((await api.post('k6', { id: 'o6', amount: 1 })).body).toMatchObject({
      refusal: 'deadline',
      written: 'unknown',
    });
  });

  it('answers 503 without writing while the role is fenced, stays alive, and writes again once admitted', async () => {
    await server.query('ALTER ROLE orders SET default_transaction_read_only = on');
    await terminateApi(server);
    await api.untilWriter(null);
    const answer = await api.post('k7', { id: 'o7', amount: 1 });
    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({ refusal: 'no-writer', written: 'no' });
    expect(await rowsOf('o7')).toHaveLength(0);
    const health = await api.health();
    expect(health.status).toBe(200);
    expect(health.body).toMatchObject({ zone: 'az-a', writer: null, databases: [{ role: 'read-only' }] });
    await admitWrites(server);
    await api.untilWriter(hostName(server.at), 1_000);
    expect((await api.post('k7', { id: 'o7', amount: 1 })).status).toBe(201);
  });

  it('finds out from error 25006 when a fence was raised behind its back', async () => {
    await server.query('ALTER ROLE orders SET default_transaction_read_only = on');
    await server.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'orders' AND query LIKE 'INSERT%'`,
    );
    const refusals: unknown[] = [];
    await waitUntil({ what: 'the fence to be seen', timeoutMs: 3_000 }, async () => {
      refusals.push((await api.post(`k8-${refusals.length}`, { amount: 1 })).body['refusal']);
      return refusals.includes('no-writer');
    });
    expect(refusals).toContain('read-only');
  });

  it('is fenced by the server-wide default as well', async () => {
    await server.query('ALTER ROLE orders RESET default_transaction_read_only');
    await server.query('ALTER SYSTEM SET default_transaction_read_only = on');
    await reload();
    await terminateApi(server);
    await api.untilWriter(null, 1_000);
  });

  it('installs its schema a second time without raising the fence again', async () => {
    await installSchema(server);
    expect((await api.post('k9', { amount: 1 })).status).toBe(201);
  });

  it('does not let a flood of waiting commits take all of the server’s connections', async () => {
    await requireAbsentStandby();
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) => api.post(`flood-${i}`, { amount: 1 })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    expect(answers.map(({ body }) => body['refusal'])).toContain('no-connection');
    expect((await waitingBackends()).length).toBeLessThanOrEqual(20);
    expect((await api.get('/orders/o1')).status).toBe(503);
  });

  it('does not write an order whose client waits no longer, and takes no deadline from a wrong clock', async () => {
    const late = await api.postUntil(String(Date.now() - 1), { id: 'late', amount: 1 });
    expect(late.status).toBe(503);
    expect(late.body).toMatchObject({ refusal: 'deadline' });
    expect(await rowsOf('late')).toHaveLength(0);
    for (const deadline of [String(Date.now() - 3_600_000), 'tomorrow', String(Date.now() + 5_000)]) {
      expect((await api.postUntil(deadline, { id: 'until', amount: 1 })).status).toBe(201);
    }
  });

  it('does not write an order whose client has gone before its turn came', async () => {
    await requireAbsentStandby();
    const waiting = Array.from({ length: 20 }, (_, i) => api.post(`turn-${i}`, { amount: 1 }));
    await waitUntil(
      { what: '20 commits waiting', timeoutMs: 3_000 },
      async () => (await waitingBackends()).length === 20,
    );
    const leaving = new AbortController();
    const gone = api.post('gone', { id: 'gone', amount: 1 }, leaving.signal);
    const patient = api.post('patient', { id: 'patient', amount: 1 });
    await waitUntil({ what: 'the request to be sent', timeoutMs: 2_000 }, () =>
      api.health().then(() => true),
    );
    leaving.abort();
    await expect(gone).rejects.toThrow();
    await server.query('ALTER SYSTEM RESET ALL');
    await reload();
    await Promise.all([patient, ...waiting]);
    await waitUntil({ what: 'the one who stayed', timeoutMs: 5_000 }, async () => {
      return (await api.post('patient', { id: 'patient', amount: 1 })).status === 201;
    });
    expect(await rowsOf('gone')).toHaveLength(0);
  });

  it('says that it cannot look an order up when its session is ended meanwhile', async () => {
    await server.query('BEGIN; LOCK TABLE orders.orders IN ACCESS EXCLUSIVE MODE; COMMIT');
    const lock = server.query(
      'BEGIN; LOCK TABLE orders.orders IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(0.5); COMMIT',
    );
    await waitUntil(
      { what: 'the lock', timeoutMs: 2_000 },
      async () =>
        (
          await server.query(
            `SELECT 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = 'orders.orders'::regclass`,
          )
        ).length > 0,
    );
    const lookUp = api.get('/orders/o1');
    await waitUntil(
      { what: 'the blocked look-up', timeoutMs: 2_000 },
      async () =>
        (
          await server.query(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'orders' AND wait_event_type = 'Lock'`,
          )
        ).length > 0,
    );
    expect((await lookUp).status).toBe(503);
    await lock;
  });

  it('answers what is under way when it drains, and takes nothing new', async () => {
    const other = await startApi([server.at]);
    await other.untilWriter(hostName(server.at));
    await requireAbsentStandby();
    const underWay = other.post('k-drain', { amount: 1 });
    await untilWaiting();
    const drained = other.drain();
    await expect(other.post('k-late', { amount: 1 })).rejects.toThrow();
    await server.query('ALTER SYSTEM RESET ALL');
    await reload();
    expect((await underWay).status).toBe(201);
    await drained;
  });

  it('drains in spite of a client that never finishes its request, and of one that went away', async () => {
    const other = await startApi([server.at]);
    const open = () => {
      const post = request(`${other.url}/orders`, { method: 'POST', headers: { 'Content-Length': 100 } });
      post.on('error', () => undefined);
      post.write('{');
      return new Promise((resolve) =>
        post.once('socket', (socket) => socket.once('connect', () => resolve(post))),
      );
    };
    const gone = (await open()) as ReturnType<typeof request>;
    gone.destroy();
    await open();
    await other.drain();
  });

  it('does not start on an address that is taken, and leaves nothing running', async () => {
    const listen = { host: '127.0.0.1', port: api.port };
    const taken = startOrders({ zone: 'az-b', listen, access: accessTo([server.at]), log: () => undefined });
    await expect(taken).rejects.toThrow('EADDRINUSE');
  });
});

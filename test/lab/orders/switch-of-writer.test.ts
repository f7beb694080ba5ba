import type { DatabaseHost } from '../../../lib/lab/orders/database-access';
import { hostName } from '../../../lib/lab/orders/database-access';
import { HOST_ROLE } from '../../../lib/lab/orders/host-watch';
import { chooseWriter } from '../../../lib/lab/orders/writer-discovery';
import { waitUntil } from '../../../lib/lab/wait-until';
import { admitWrites, installSchema, startApi } from './api-client';
import type { PostgresServer } from './postgres-server';
import { describeOnServer, startPrimary, startStandby } from './postgres-server';
import { freePort } from '../../free-port';

jest.setTimeout(60_000);

const promote = async (standby: PostgresServer): Promise<void> => {
  await standby.query('SELECT pg_promote(false)');
  await waitUntil({ what: 'promotion', timeoutMs: 10_000 }, async () => {
    const [row] = await standby.query('SELECT pg_is_in_recovery() AS recovering');
    return row?.['recovering'] === false;
  });
};

const pairOfServers = async () => {
  const primary = await startPrimary();
  await installSchema(primary);
  await admitWrites(primary);
  const standby = await startStandby(primary, 'azb');
  await primary.query(`ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 (azb)'`);
  await primary.query('SELECT pg_reload_conf()');
  await waitUntil({ what: 'the synchronous standby', timeoutMs: 10_000 }, async () => {
    const rows = await primary.query(`SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'`);
    return rows.length === 1;
  });
  return { primary, standby };
};

describeOnServer('the orders API across two PostgreSQL servers', () => {
  const opened: { close(): Promise<void> }[] = [];
  const pair = async () => {
    const servers = await pairOfServers();
    opened.push(servers.primary, servers.standby);
    return servers;
  };
  const apiOn = async (...hosts: readonly DatabaseHost[]) => {
    const api = await startApi(hosts);
    opened.unshift({ close: api.drain });
    return api;
  };
  afterEach(async () => {
    for (const { close } of opened.splice(0)) await close();
  });

  it.each([
    ['killed', (primary: PostgresServer) => primary.stop()],
    ['frozen', (primary: PostgresServer) => Promise.resolve(primary.freeze())],
  ])('finds the promoted standby when the primary is %s, and keeps what it acknowledged', async (_, fail) => {
    const { primary, standby } = await pair();
    const api = await apiOn(primary.at, standby.at);
    await api.untilWriter(hostName(primary.at));
    expect((await api.post('before', { id: 'before', amount: 1 })).status).toBe(201);

    await fail(primary);
    const meanwhile = await api.post('meanwhile', { id: 'meanwhile', amount: 1 });
    expect(meanwhile.status).toBe(503);
    await promote(standby);
    await api.untilWriter(hostName(standby.at), 1_000);
    expect((await api.post('meanwhile', { id: 'meanwhile', amount: 1 })).status).toBe(201);
    expect((await api.get('/orders/before')).status).toBe(200);
  });

  it('prefers the promoted server while the old primary, thawed, still thinks it is one', async () => {
    const { primary, standby } = await pair();
    const api = await apiOn(primary.at, standby.at);
    await api.untilWriter(hostName(primary.at));
    await promote(standby);
    await api.untilWriter(hostName(standby.at), 1_000);
    const { body } = await api.health();
    expect(body['databases']).toMatchObject([{ role: 'read-write' }, { role: 'read-write' }]);
  });

  it('is alive and says so when no database can be reached at all', async () => {
    const nowhere = { host: '127.0.0.1', port: await freePort() };
    const api = await apiOn(nowhere);
    const answer = await api.post('k', { amount: 1 });
    expect(answer.body).toMatchObject({ refusal: 'no-writer', written: 'no' });
    await waitUntil({ what: 'unreachable', timeoutMs: 1_000 }, async () => {
      const [database] = (await api.health()).body['databases'] as readonly { role: string }[];
      return database?.role === HOST_ROLE.unreachable;
    });
  });
});

describe('chooseWriter', () => {
  const host = (port: number, role: (typeof HOST_ROLE)[keyof typeof HOST_ROLE], timeline: number) => ({
    at: { host: 'h', port },
    role,
    timeline,
  });
  it('takes the highest timeline among those that are read-write, the first among equals, or none', () => {
    const { readWrite, recovering, unreachable, readOnly, unknown } = HOST_ROLE;
    expect(chooseWriter([host(1, readWrite, 3), host(2, readWrite, 4)])?.port).toBe(2);
    expect(chooseWriter([host(1, readWrite, 4), host(2, readWrite, 4)])?.port).toBe(1);
    expect(chooseWriter([host(1, recovering, 0), host(2, readWrite, 1)])?.port).toBe(2);
    expect(chooseWriter([host(1, unreachable, 9), host(2, readOnly, 9), host(3, unknown, 9)])).toBeNull();
  });
});

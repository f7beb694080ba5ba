import { join } from 'node:path';
import { Client } from 'pg';
import { nameKeys } from '../../../lib/engines/key-names';
import { createPostgresCompare } from '../../../lib/engines/postgres/streaming/compare';
import { waitUntil } from '../../../lib/lab/wait-until';
import type { CopyReader } from '../../../lib/ports/consistency';
import { compareCopies, found } from '../compare-copies';
import { alterRow, breakPage, loseRow } from './page-edits';
import type { RealServers } from './real-servers';
import { startRealServers } from './real-servers';

jest.setTimeout(180_000);

let servers: RealServers;
let reader: CopyReader;
const readerWith = (keys: 'shown' | 'hashed' = 'shown'): CopyReader =>
  createPostgresCompare({
    component: { endpoints: servers.endpoints, database: 'orders', user: 'evac' },
    password: servers.password,
    nameKey: nameKeys(keys),
    itemsAtMost: 500,
  });

const tables = `
create table still (id bigint primary key, note text not null, at timestamptz default now(), price numeric(12, 2));
insert into still select n, 'note <' || n || '>', '2026-01-01'::timestamptz + n * interval '1 second', n / 7.0
  from generate_series(1, 6000) n;
create schema "Odd names";
create table "Odd names"."Two keys" (a text, b uuid, "the value" jsonb, primary key (a, b));
insert into "Odd names"."Two keys" select 'it''s ' || n % 9, md5(n::text)::uuid, jsonb_build_object('n', n)
  from generate_series(1, 1500) n;
create table keyless (note text);
insert into keyless select 'line <' || n || '>' from generate_series(1, 300) n;
create unlogged table forgotten (id int primary key);
create table parts (id int primary key, n int) partition by range (id);
create table parts_low partition of parts for values from (0) to (1000);
create table parts_high partition of parts for values from (1000) to (9000);
insert into parts select n, n from generate_series(1, 3000) n;
create table moving (id int primary key, n int not null, note text);
insert into moving select n, 0, repeat('x', n % 50) from generate_series(1, 2000) n;
create table broken (id int primary key, note text);
insert into broken select n, 'broken <' || n || '>' || repeat('.', 100) from generate_series(1, 400) n;
`;

const settle = async (): Promise<void> => {
  for (const table of ['still', 'keyless', 'broken', 'parts_low'])
    await servers.sql('az-a', `vacuum (freeze) ${table}`);
  await servers.sql('az-a', 'checkpoint');
  const [end] = (await servers.sql('az-a', 'select pg_current_wal_insert_lsn()::text as end')) as {
    end: string;
  }[];
  await waitUntil({ what: 'az-b to replay it', timeoutMs: 10_000, everyMs: 20 }, async () => {
    const text = `select 1 from (select pg_last_wal_replay_lsn() as at) x where at >= '${end?.end}'::pg_lsn - 64`;
    return (await servers.sql('az-b', text)).length === 1;
  });
  await servers.sql('az-b', 'checkpoint');
};

const fileOf = async (zone: string, table: string): Promise<string> => {
  const [row] = (await servers.sql('az-a', `select pg_relation_filepath('${table}') as path`)) as {
    path: string;
  }[];
  return join(servers.filesOf(zone).data, row?.path ?? '');
};

const streams = (): Promise<void> =>
  waitUntil({ what: 'az-b to stream', timeoutMs: 20_000, everyMs: 50 }, async () => {
    const text = `select 1 from pg_stat_replication where state = 'streaming'`;
    return (await servers.sql('az-a', text).catch(() => [])).length === 1;
  });

/** Logins so far. */
const sessionsAt = async (zone: string): Promise<number> => {
  const text = `select sessions::float8 as count from pg_stat_database where datname = 'orders'`;
  const [row] = (await servers.sql(zone, text)) as { count: number }[];
  return row?.count ?? 0;
};

/** Writers that wait for the standby, as clients do: updates, deletes, inserts, and rows of subtransactions. */
const startStir = async (clients: number) => {
  let stopped = false;
  let writes = 0;
  const one = async (name: number): Promise<void> => {
    const client = new Client({
      host: servers.addressOf('az-a'),
      port: servers.port,
      ...servers.login('evac'),
    });
    await client.connect();
    await client.query('set synchronous_commit = on');
    client.on('error', () => undefined);
    const write = async (turn: number): Promise<void> => {
      const id = (turn * 13 + name * 7) % 2_100;
      await client.query('insert into moving values ($1, $2) on conflict (id) do update set n = excluded.n', [
        id,
        turn,
      ]);
      await client.query('delete from moving where id = $1', [(id + 50) % 2_100]);
      await client.query('begin; update moving set n = n + 1 where id % 40 = 3; savepoint s');
      await client.query('update moving set note = $1 where id = $2', [`written ${turn}`, id]);
      await client.query('release s; commit');
      writes += 4;
    };
    for (let turn = 0; !stopped; turn += 1)
      // They meet in another order now and then, and one of them is chosen as the victim.
      await write(turn).catch(() => client.query('rollback'));
    await client.end();
  };
  const running = Array.from({ length: clients }, (_, name) => one(name));
  return {
    writes: () => writes,
    stop: async (): Promise<void> => {
      stopped = true;
      await Promise.all(running);
    },
  };
};

beforeAll(async () => {
  servers = await startRealServers();
  await servers.sql('az-a', tables);
  reader = readerWith();
});
afterAll(async () => {
  await reader.close();
  await servers.close();
});

describe('two copies of PostgreSQL', () => {
  it('are never called different while they are written', async () => {
    const stir = await startStir(4);
    try {
      let again = 0;
      const isEnough = (): boolean => again > 0 && stir.writes() > 100;
      // Some of it is caught in the middle of a change, sooner or later.
      for (let turn = 0; turn < 5 || (!isEnough() && turn < 60); turn += 1) {
        const report = await compareCopies(reader);
        expect(found(report)).toEqual([]);
        expect(report.unknown).toEqual([]);
        expect(report.items).toBeGreaterThan(6_000 + 1_500 + 300 + 3_000 + 400);
        again += report.lookedAgain;
        expect(report.notes).toEqual([
          'evac.forgotten is unlogged: a standby has none of its rows, it is left out',
          'evac.keyless has no primary key: compared whole, its rows named by their place',
        ]);
      }
      expect(again).toBeGreaterThan(0);
      expect(stir.writes()).toBeGreaterThan(100);
    } finally {
      await stir.stop();
    }
  });

  it('that a commit reached the copy before its writer shows it is no difference', async () => {
    // The commit waits for a standby that there is not, and the copy has replayed it: seen at the copy alone.
    const name = `select setting from pg_settings where name = 'synchronous_standby_names'`;
    const [before] = (await servers.sql('az-a', name)) as { setting: string }[];
    await servers.sql('az-a', `alter system set synchronous_standby_names = 'nobody'`);
    await servers.sql('az-a', 'select pg_reload_conf()');
    const client = new Client({
      host: servers.addressOf('az-a'),
      port: servers.port,
      ...servers.login('evac'),
    });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('set synchronous_commit = on');
    const waiting = client
      .query(`insert into still values (7001, 'seen at the copy first')`)
      .catch(() => null);
    try {
      await waitUntil(
        { what: 'the copy to show it', timeoutMs: 10_000, everyMs: 20 },
        async () => (await servers.sql('az-b', 'select 1 from still where id = 7001')).length === 1,
      );
      expect(await servers.sql('az-a', 'select 1 from still where id = 7001')).toEqual([]);
      const report = await compareCopies(reader, { requestMs: 1_500, endAfterMs: 12_000 });
      expect(found(report)).toEqual([]);
      expect(report.unknown[0]).toEqual({
        part: expect.stringContaining('evac.still'),
        why: expect.stringMatching(/^a transaction has been writing/),
      });
    } finally {
      await servers.sql(
        'az-a',
        `alter system set synchronous_standby_names = '${before?.setting.replaceAll("'", "''")}'`,
      );
      await servers.sql('az-a', 'select pg_reload_conf()');
    }
    await waiting;
    await client.end();
    expect(found(await compareCopies(reader))).toEqual([]);
  });

  it('and each planted difference is found by its row, whatever else is written', async () => {
    // What is planted has no right checksum, and is to be read all the same; a page that is none is not.
    await servers.sql('az-a', 'alter role evac set ignore_checksum_failure = on');
    await settle();
    const files = {
      still: await fileOf('az-b', 'still'),
      keyless: await fileOf('az-b', 'keyless'),
      broken: await fileOf('az-b', 'broken'),
      writers: await fileOf('az-a', 'still'),
    };
    const samePage = `select id from broken where (ctid::text::point)[0] =
      (select (ctid::text::point)[0] from broken where id = 200)`;
    const onThatPage = ((await servers.sql('az-a', samePage)) as { id: number }[])
      .map(({ id }) => `evac.broken id=${id}`)
      .sort();
    await servers.kill('az-b');
    await servers.kill('az-a');
    alterRow(files.still, 'note <4321>');
    loseRow(files.still, 'note <17>');
    alterRow(files.keyless, 'line <123>');
    breakPage(files.broken, 'broken <200>');
    loseRow(files.writers, 'note <5555>');
    await servers.startServer('az-a');
    await servers.startServer('az-b');
    await streams();
    const stir = await startStir(2);
    try {
      const before = await sessionsAt('az-b');
      const report = await compareCopies(reader);
      // One login a row that cannot be read would keep the server too busy to answer its witnesses.
      expect((await sessionsAt('az-b')) - before).toBeLessThan(onThatPage.length / 2);
      const unreadable = report.differences.filter(({ what }) => what === 'unreadable at the standby');
      expect(unreadable.map(({ item }) => item).sort()).toEqual(onThatPage);
      expect(unreadable[0]?.words).toMatch(/^invalid page in block \d+ .*\(XX001\)$/);
      expect(found(report).filter((line) => !line.includes('evac.broken'))).toEqual([
        expect.stringMatching(/^evac\.keyless ctid=\(\d+,\d+\): different$/),
        'evac.still id=17: missing at the standby',
        'evac.still id=4321: different',
        'evac.still id=5555: only at the standby',
      ]);
      expect(report.unknown).toEqual([]);
      expect(stir.writes()).toBeGreaterThan(10);
      expect(JSON.stringify(report)).not.toMatch(/note <|line </);
      const hashed = readerWith('hashed');
      expect(found(await compareCopies(hashed)).join()).not.toMatch(/id=/);
      await hashed.close();
    } finally {
      await stir.stop();
    }
  });
});

describe('a copy that cannot be read', () => {
  it('is not known, and not called different, when it is silent or gone', async () => {
    servers.signal('az-b', 'SIGSTOP');
    const silent = await compareCopies(reader, { requestMs: 300 });
    servers.signal('az-b', 'SIGCONT');
    expect(silent.differencesFound).toBe(0);
    expect(silent.unknown[0]?.why).toMatch(/^the standby: .*no answer within/);
    await servers.kill('az-b');
    const gone = await compareCopies(reader, { requestMs: 2_000 });
    expect(gone.differencesFound).toBe(0);
    expect(gone.unknown[0]?.why).toMatch(/^the standby: /);
    await servers.startServer('az-b');
    await streams();
  });

  it("says in the server's words that Evac may not read a table", async () => {
    await servers.sql(
      'az-a',
      `create role onlooker login password 'p'; grant connect on database orders to onlooker`,
    );
    const onlooker = createPostgresCompare({
      component: { endpoints: servers.endpoints, database: 'orders', user: 'onlooker' },
      password: 'p',
      nameKey: nameKeys('shown'),
    });
    const report = await compareCopies(onlooker);
    await onlooker.close();
    expect(report.differencesFound).toBe(0);
    expect(report.unknown[0]?.why).toMatch(/permission denied/);
  });
});

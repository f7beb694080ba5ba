import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StaleEpoch, Unreachable } from '../../../lib/domain/errors';
import { createPostgresCompare } from '../../../lib/engines/postgres/streaming/compare';
import { nameKeys } from '../../../lib/engines/key-names';
import { waitUntil } from '../../../lib/lab/wait-until';
import type { CopyReader } from '../../../lib/ports/consistency';
import { compareCopies, found } from '../compare-copies';
import { alterRow } from './page-edits';
import type { RealServers } from './real-servers';
import { startRealServers } from './real-servers';

jest.setTimeout(180_000);

const effect = (epoch: number, deadlineMs = 60_000) => ({ epoch, deadlineMs });
const marker = 'row <17>';
const ROWS = 400;

let servers: RealServers;
let reader: CopyReader;
let file: string;
beforeAll(async () => {
  servers = await startRealServers();
  const { endpoints, password } = servers;
  const component = { endpoints, database: 'orders', user: 'evac' };
  reader = createPostgresCompare({ component, password, nameKey: nameKeys('shown'), itemsAtMost: 500 });
  await servers.sql(
    'az-a',
    `create table held (id int primary key, note text);
     insert into held select n, 'row <' || n || '>' from generate_series(1, ${ROWS}) n`,
  );
  const [row] = (await servers.sql('az-a', `select pg_relation_filepath('held') as path`)) as {
    path: string;
  }[];
  file = row?.path ?? '';
});
afterAll(async () => {
  await reader.close();
  await servers.close();
});

const dataIn = (zone: string): string => servers.filesOf(zone).data;
const names = async (): Promise<readonly string[]> => found(await compareCopies(reader));

/** On both disks, and nothing of it is replayed again when the standby starts. */
const settle = async (): Promise<void> => {
  await servers.sql('az-a', 'vacuum (freeze) held');
  await servers.sql('az-a', 'checkpoint');
  const [end] = (await servers.sql('az-a', 'select pg_current_wal_insert_lsn()::text as at')) as {
    at: string;
  }[];
  await waitUntil({ what: 'az-b to replay it', timeoutMs: 20_000, everyMs: 20 }, async () => {
    const text = `select 1 where pg_last_wal_replay_lsn() >= '${end?.at}'::pg_lsn - 64`;
    return (await servers.sql('az-b', text)).length === 1;
  });
  await servers.sql('az-b', 'checkpoint');
};

/** The standby's own disk says something else, which no replication has brought; its checksum is not looked at here. */
const diverge = async (): Promise<void> => {
  await servers.sql('az-a', 'alter role evac set ignore_checksum_failure = on');
  await settle();
  await servers.kill('az-b');
  alterRow(join(dataIn('az-b'), file), marker);
  await servers.startServer('az-b');
  await waitUntil({ what: 'az-b to stream', timeoutMs: 20_000 }, async () => {
    const text = `select 1 from pg_stat_replication where state = 'streaming'`;
    return (await servers.sql('az-a', text)).length === 1;
  });
};

describe('a standby that differs', () => {
  beforeAll(diverge);

  it('stays so when it only rejoins: its history fits', async () => {
    expect(await names()).toEqual(['evac.held id=17: different']);
    await servers.engine.degrade('az-a', effect(2));
    expect(await servers.engine.rejoin('az-b', 'az-a', effect(2))).toEqual({ how: 'already' });
    expect(await names()).toEqual(['evac.held id=17: different']);
  });

  it('is not given up for an upstream that does not answer', async () => {
    const standbyName = 'az-b-e2';
    const order = { epoch: 2, upstreamHost: '127.0.0.1', upstreamPort: 9, standbyName, fresh: true } as const;
    const refused = servers.control.rejoin('az-b', { ...order, keep: true }, 30_000);
    await expect(refused).rejects.toThrow(Unreachable);
    expect(servers.stateOf('az-b')).toBe('running');
    expect(await names()).toEqual(['evac.held id=17: different']);
  });

  it('is made anew while its writer acknowledges, is equal and synchronous then, and what it had is kept', async () => {
    await servers.engine.degrade('az-a', effect(3));
    let isDone = false;
    let written = 0;
    const writing = (async () => {
      for (; !isDone; written += 1)
        await servers.sql('az-a', `insert into held values (${ROWS + 1 + written}, 'meanwhile')`);
    })();
    const made = servers.engine.rejoin('az-b', 'az-a', effect(3), { keep: true });
    const rejoined = await made.finally(() => (isDone = true));
    await writing;
    const kept = `${dataIn('az-b')}.kept-e3`;
    expect(rejoined).toEqual({ how: 'recloned', kept });
    expect(written).toBeGreaterThan(0);
    const wrong = `${marker.slice(0, -1)}~`;
    expect(readFileSync(join(kept, file)).includes(wrong)).toBe(true);
    expect(readFileSync(join(dataIn('az-b'), file)).includes(marker)).toBe(true);
    await servers.engine.ensureSynchronous('az-a', 'az-b', effect(3));
    const report = await compareCopies(reader);
    expect(report).toMatchObject({ differencesFound: 0, unknownFound: 0 });
    expect(report.items).toBeGreaterThanOrEqual(ROWS + written);
  });

  it('is not made anew twice at one epoch, nor by an older one', async () => {
    const before = statSync(dataIn('az-b')).ino;
    const kept = `${dataIn('az-b')}.kept-e3`;
    const again = await servers.engine.rejoin('az-b', 'az-a', effect(3), { keep: true });
    expect(again).toEqual({ how: 'already', kept });
    const late = servers.engine.rejoin('az-b', 'az-a', effect(2), { keep: true });
    await expect(late).rejects.toThrow(StaleEpoch);
    expect(statSync(dataIn('az-b')).ino).toBe(before);
  });
});

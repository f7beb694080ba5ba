import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareZoneWrites } from '../../../lib/lab/scenarios/zone-writes';
import { waitUntil } from '../../../lib/lab/wait-until';
import { acksAmong, createAnswerRecord, readAnswers } from '../../../lib/lab/zone-writer/ack-record';
import { ATTEMPT, openWriterSession } from '../../../lib/lab/zone-writer/writer-session';
import { createZoneWriter } from '../../../lib/lab/zone-writer/zone-writer';
import { accessTo, installSchema } from '../orders/api-client';
import type { PostgresServer } from '../orders/postgres-server';
import { describeOnServer, startPrimary, startStandby } from '../orders/postgres-server';

jest.setTimeout(120_000);

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'evac-writer-'));
  opened.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** As Evac's fence does: the server's own default, for every session. */
const setReadOnly = async (server: PostgresServer, value: 'on' | 'off'): Promise<void> => {
  await server.query(`ALTER SYSTEM SET default_transaction_read_only = '${value}'`);
  await server.query('SELECT pg_reload_conf()');
};

describe('the record of acknowledgements', () => {
  test('is on file as soon as it is flushed, and goes on where it stopped', () => {
    const path = join(newFolder(), 'acks.jsonl');
    expect(readAnswers(path)).toEqual([]);
    const ack = { id: 'w-1', server: 'az-a', openedMonoMs: 0, startedMonoMs: 1, monoMs: 2 };
    const answer = { ...ack, outcome: ATTEMPT.acknowledged };
    const first = createAnswerRecord(path);
    first.flush();
    first.write(answer);
    first.flush();
    expect(readAnswers(path)).toEqual([answer]);
    first.close();
    const second = createAnswerRecord(path);
    second.write({ ...answer, id: 'w-2' });
    second.write({ ...answer, id: 'w-3', outcome: ATTEMPT.notAcknowledged });
    second.close();
    appendFileSync(path, '{"id":"w-4"');
    expect(readAnswers(path).map(({ id }) => id)).toEqual(['w-1', 'w-2', 'w-3']);
    expect(acksAmong(readAnswers(path)).map(({ id }) => id)).toEqual(['w-1', 'w-2']);
  });

  test('that is damaged is named', () => {
    const path = join(newFolder(), 'acks.jsonl');
    writeFileSync(path, '{"id":"w-1"}\n');
    expect(() => readAnswers(path)).toThrow(/acks\.jsonl: not an answer to a write: \{"id":"w-1"\}/);
  });
});

describeOnServer('a writer inside a zone, on real servers', () => {
  const startOne = async (): Promise<PostgresServer> => {
    const server = await startPrimary();
    opened.push(server.close);
    await installSchema(server);
    return server;
  };
  const startWriter = (servers: Readonly<Record<string, PostgresServer>>) => {
    const path = join(newFolder(), 'acks.jsonl');
    const writer = createZoneWriter({
      zone: 'az-c',
      servers: Object.entries(servers).map(([zone, { at }]) => ({ zone, ...at })),
      access: accessTo([]),
      record: createAnswerRecord(path),
      everyMs: 5,
    });
    opened.push(writer.close);
    const count = (key: string): number => writer.counts()[key] ?? 0;
    const until = (key: string, least: number): Promise<void> =>
      waitUntil({ what: `${key} ${least} times`, timeoutMs: 20_000, everyMs: 10 }, () => count(key) >= least);
    return {
      writer,
      count,
      until,
      answers: () => readAnswers(path),
      acks: () => acksAmong(readAnswers(path)),
    };
  };
  const surviving = async (server: PostgresServer): Promise<ReadonlySet<string>> => {
    const rows = await server.query('SELECT id FROM orders.orders');
    return new Set(rows.map(({ id }) => String(id)));
  };

  test('writes to every server that lets it, and records what each acknowledged', async () => {
    const [a, b] = [await startOne(), await startOne()];
    const { until, acks, writer } = startWriter({ 'az-a': a, 'az-b': b });
    await until('az-a acknowledged', 20);
    await until('az-b acknowledged', 20);
    writer.close();
    const inA = await surviving(a);
    const compared = compareZoneWrites(acks(), inA);
    expect(compared.byServer).toMatchObject({ 'az-a': expect.any(Number) as unknown });
    // Two servers that each go their own way: that is what the comparison is there to find.
    expect(compared.lostIds.length).toBe(compared.byServer['az-b']);
    expect(compared.twoWriterMs).toBeGreaterThan(0);
  });

  test('is refused by a server that is read-only, and writes again as soon as it is not', async () => {
    const server = await startOne();
    const { until, count } = startWriter({ 'az-a': server });
    await until('az-a acknowledged', 10);
    await setReadOnly(server, 'on');
    await until('az-a read-only', 20);
    const before = count('az-a acknowledged');
    await setReadOnly(server, 'off');
    await until('az-a acknowledged', before + 10);
  });

  test('keeps its connections through a freeze, and takes new ones after a crash', async () => {
    const server = await startOne();
    const { until, count } = startWriter({ 'az-a': server });
    await until('az-a acknowledged', 10);
    server.freeze();
    const frozen = count('az-a acknowledged');
    await until('az-a nobody idle', 100);
    server.thaw();
    await until('az-a acknowledged', frozen + 10);
    const [sessions] = await server.query(
      `SELECT count(*)::int AS count FROM pg_stat_activity WHERE usename = '${accessTo([]).user}'`,
    );
    expect(sessions?.['count']).toBe(2);
    await server.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${accessTo([]).user}'`,
    );
    const ended = count('az-a acknowledged');
    await until('az-a acknowledged', ended + 10);
  });

  test('a commit whose wait for the standby was cancelled is no acknowledgement', async () => {
    const primary = await startOne();
    const standby = await startStandby(primary, 'azb');
    opened.push(standby.close);
    await primary.query(`ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 (nobody)'`);
    await primary.query('SELECT pg_reload_conf()');
    const session = await openWriterSession({ ...accessTo([]), hosts: [] }, primary.at, 'az-c');
    opened.push(session.end);
    const attempt = session.attempt('w-cancelled');
    const waiting = `SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'`;
    await waitUntil({ what: 'the commit waits', timeoutMs: 10_000, everyMs: 10 }, async () => {
      return (await primary.query(waiting)).length === 1;
    });
    expect(session.waitingMs()).toBeGreaterThan(0);
    await primary.query(`SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`);
    expect(await attempt).toBe(ATTEMPT.notAcknowledged);
    expect(session.waitingMs()).toBeNull();
    await primary.query(`ALTER SYSTEM RESET synchronous_standby_names`);
    await primary.query('SELECT pg_reload_conf()');
    expect(await session.attempt('w-plain')).toBe(ATTEMPT.acknowledged);
    session.end();
    expect(session.isOver()).toBe(true);
    expect(await session.attempt('w-after')).toBe(ATTEMPT.notAcknowledged);
  });

  test('a server that is not there is asked again until it is', async () => {
    const server = await startOne();
    await server.stop();
    const { count, until } = startWriter({ 'az-a': server });
    await until('az-a nobody idle', 50);
    expect(count('az-a acknowledged')).toBe(0);
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Connection } from '../../lib/cli/connection';
import { createRedisFiles } from '../../lib/lab/redis-host/host-files';
import { waitUntil } from '../../lib/lab/wait-until';
import { redisFolderOf } from '../../lib/lab/zone-services';
import { describeOnPostgres } from '../lab/requirements';
import { evac } from './command-line';
import { connectTo, openTestLab, seatOf, waitUntilWhole } from './lab-under-test';

const name = 'e2e-verify';

describeOnPostgres('the copies of a lab, compared', () => {
  const lab = openTestLab(name);
  let connection: Connection;

  beforeAll(async () => {
    const up = await evac(['lab', 'up'], { lab: name, timeoutMs: 240_000 });
    if (up.code !== 0) throw new Error(up.stderr);
    connection = await connectTo(name);
    await waitUntilWhole(connection, 'az-a');
  }, 400_000);

  afterAll(async () => {
    connection.close();
    const down = await evac(['lab', 'down'], { lab: name });
    expect(down.stdout).toContain('nothing is left');
  }, 60_000);

  /** Past Evac and past replication, on the replica alone. */
  const onReplica = async (...commands: readonly (readonly [string, ...string[]])[]): Promise<void> => {
    const files = createRedisFiles(join(redisFolderOf(lab.zones.layout), 'az-b'));
    const password = readFileSync(files.password, 'utf8').trim();
    const client = new Redis({ path: files.socket, username: 'evac', password, protocol: 2 });
    try {
      await client.config('SET', 'replica-read-only', 'no');
      for (const [command, ...args] of commands) await client.call(command, ...args);
      await client.config('SET', 'replica-read-only', 'yes');
    } finally {
      client.disconnect();
    }
  };

  test('are equal, for people and for programs, and status says so', async () => {
    const text = await evac(['verify'], { lab: name });
    expect(text).toMatchObject({ code: 0 });
    expect(text.stdout).toMatch(/^PostgreSQL: az-b against the writer az-a: equal .*\nRedis: .*: equal /);
    const json = await evac(['verify', '--store', 'redis', '--json'], { lab: name });
    expect(JSON.parse(json.stdout)).toMatchObject({ verdict: 'equal', stores: [{ store: 'redis' }] });
    expect((await evac(['status'], { lab: name })).stdout).toMatch(/copies, \d+ s ago: postgres: .*: equal/);
  }, 120_000);

  test('a difference is named, fails, and keeps a planned move from being begun', async () => {
    await onReplica(['SET', 'evac:only-here', '1']);
    const found = await evac(['verify', '--store', 'redis'], { lab: name });
    expect(found.code).toBe(1);
    expect(found.stdout).toContain('  db0 evac:only-here   only at the standby');
    expect(found.stderr).toContain('CopiesDiffer: ');
    const before = await seatOf(connection);
    const move = ['failover', '--to', 'az-b', '--planned', '--reason', 'maintenance'];
    const refused = await evac(move, { lab: name });
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/Refused: az-b does not hold what az-a holds.*db0 evac:only-here/);
    // From the console it is refused by what is on record.
    const started = await evac([...move, '--skip-verify'], { lab: name });
    expect(started.code).toBe(3);
    expect(started.stderr).toContain('az-b does not hold what az-a holds');
    const { epoch, writer, operation } = await seatOf(connection);
    expect({ epoch, writer, operation }).toEqual({
      epoch: before.epoch,
      writer: before.writer,
      operation: null,
    });
  }, 120_000);

  test('the copy is made anew from its writer: shown first, then done, and what it had is kept', async () => {
    const before = await seatOf(connection);
    const dry = await evac(['verify', '--store', 'redis', '--reconcile', '--dry-run'], { lab: name });
    expect(dry.code).toBe(1);
    expect(dry.stdout).toContain('  db0 evac:only-here   only at the standby: goes; it is in what is kept');
    expect(dry.stderr).toContain('nothing was changed');
    expect((await seatOf(connection)).epoch).toBe(before.epoch);

    const reconcile = ['verify', '--store', 'redis', '--reconcile', '--reason', 'it differs', '--json'];
    const done = await evac(reconcile, { lab: name, timeoutMs: 120_000 });
    expect(done).toMatchObject({ code: 0 });
    const said = JSON.parse(done.stdout) as {
      readonly verdict: string;
      readonly repaired: readonly { readonly kept: string; readonly epoch: number }[];
    };
    expect(said.verdict).toBe('equal');
    const [repaired] = said.repaired;
    expect(repaired?.kept).toContain(`data.kept-e${repaired?.epoch}`);
    expect(existsSync(join(repaired?.kept ?? '', 'appendonlydir'))).toBe(true);
    const { writer, beside, operation } = await seatOf(connection);
    expect({ writer, redis: beside.redis, operation }).toMatchObject({
      writer: before.writer,
      redis: { writer: 'az-a', eligible: 'az-b' },
      operation: null,
    });
  }, 240_000);

  test('once they are equal it goes ahead, and they are compared again when the old zone has rejoined', async () => {
    const move = ['failover', '--to', 'az-b', '--planned', '--reason', 'maintenance', '--override-cooldown'];
    const moved = await evac(move, { lab: name });
    expect(moved).toMatchObject({ code: 0 });
    expect(moved.stderr).toContain('redis: az-b against the writer az-a');
    await waitUntilWhole(connection, 'az-b');
    for (const store of ['postgres', 'redis'] as const)
      await waitUntil({ what: `${store} to be compared`, timeoutMs: 60_000, everyMs: 200 }, async () => {
        const newest = await connection.store.newestCopies(store);
        if (newest?.report.writer !== 'az-b') return false;
        expect(newest.execution).toMatch(/^orders-v-e\d+$/);
        expect(newest.report).toMatchObject({ differencesFound: 0, unknownFound: 0, copy: 'az-a' });
        return true;
      });
  }, 240_000);
});

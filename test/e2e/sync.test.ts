import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectFolder } from '../../lib/cli/project-folder';
import { loadTopology } from '../../lib/config/load-topology';
import type { SyncReport } from '../../lib/domain/sync/report';
import { askDatabase } from '../../lib/lab/drill/local-database';
import { createKafkaFiles } from '../../lib/lab/kafka-host/host-files';
import { kafkaProcesses } from '../../lib/lab/kafka-host/server-process';
import { openLab } from '../../lib/lab/lab';
import { sendSignal } from '../../lib/lab/process-identity';
import { waitUntil } from '../../lib/lab/wait-until';
import { kafkaFolderOf } from '../../lib/lab/zone-services';
import { describeOnPostgres } from '../lab/requirements';
import { evac } from './command-line';

const name = 'e2e-sync';

describeOnPostgres('the copies of a lab, told by hand', () => {
  const folder = mkdtempSync(join(tmpdir(), 'evt-sync-'));
  const configFile = join(folder, 'lab.yaml');
  const shipped = readFileSync(join(projectFolder, 'config/lab-kafka.yaml'), 'utf8');
  // The shipped limit would make the test wait for half a minute of lag.
  writeFileSync(configFile, shipped.replace('maxLagSeconds: 30', 'maxLagSeconds: 2'));
  const topology = loadTopology(configFile);
  const lab = openLab({ topology, configFile, lab: name, projectFolder, report: () => undefined });
  const ran = (...args: readonly string[]) => evac([...args, '--config', configFile], { lab: name });
  const report = async (): Promise<SyncReport> =>
    JSON.parse((await ran('sync', 'status', '--json')).stdout) as SyncReport;
  const signalBroker = (signal: NodeJS.Signals): void => {
    for (const pid of kafkaProcesses(createKafkaFiles(join(kafkaFolderOf(lab.zones.layout), 'az-b')).data))
      sendSignal(pid, signal);
  };
  /** The very report that shows them so. */
  const untilStatus = async (wanted: Partial<Record<string, string>>): Promise<SyncReport> => {
    let found = await report();
    const wait = { what: `the sources to be ${JSON.stringify(wanted)}`, timeoutMs: 60_000, everyMs: 200 };
    await waitUntil(wait, async () => {
      found = await report();
      return Object.entries(wanted).every(([source, state]) => found.source_status[source] === state);
    });
    return found;
  };

  beforeAll(async () => {
    const up = await evac(['lab', 'up', '--config', configFile], { lab: name, timeoutMs: 240_000 });
    if (up.code !== 0) throw new Error(up.stderr);
  }, 300_000);

  afterAll(async () => {
    const down = await ran('lab', 'down');
    rmSync(folder, { recursive: true, force: true });
    expect(down.stdout).toContain('nothing is left');
  }, 60_000);

  test('all in sync: wait ends, and status has exactly the names that were asked for', async () => {
    const waited = await ran('sync', 'wait', '--timeout-seconds', '100');
    expect(waited).toMatchObject({ code: 0 });
    const found = await report();
    expect(found).toMatchObject({
      primary_az: 'az-a',
      secondary_az: 'az-b',
      source_status: { postgresql: 'in_sync', redis: 'in_sync', kafka: 'in_sync' },
    });
    expect(found.total_lag_seconds).toBeLessThan(2);
    expect(found.sync_health).toBeGreaterThan(50);
  }, 150_000);

  test('one lags, one is paused, one failed: each is called so, and nothing fails over by itself', async () => {
    // Past Evac: the copy of PostgreSQL follows and cannot keep up.
    await askDatabase(lab, 'az-b', { what: 'its replay', text: 'select pg_wal_replay_pause()' });
    const paused = await ran('sync', 'pause', '--source', 'redis', '--reason', 'new disks in az-b');
    expect(paused).toMatchObject({ code: 0 });
    // A killed one is started again by its host, at once or before the others are seen to lag.
    signalBroker('SIGSTOP');
    const found = await untilStatus({ postgresql: 'lagging', redis: 'paused', kafka: 'failed' });
    expect(found.sources['redis']).toMatchObject({
      held: { how: 'paused', reason: 'new disks in az-b' },
      eligible: false,
    });
    expect(found.sources['kafka']?.error).toMatch(/^the copy in az-b /);
    expect(found.total_lag_seconds).toBeGreaterThan(2);
    expect((await ran('status')).stdout).toMatch(
      /sync of Redis is paused by \S+ since .*: new disks in az-b/,
    );
    const refused = await ran(
      'failover',
      '--to',
      'az-b',
      '--planned',
      '--reason',
      'r',
      '--only',
      'redis',
      '--skip-verify',
    );
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(
      /\[sync-held\] sync of Redis was paused by .* could lose \S+ seconds of writes/,
    );
    expect((await ran('sync', 'wait', '--source', 'redis')).code).toBe(3);
    const late = await ran('sync', 'wait', '--source', 'postgresql', '--timeout-seconds', '1');
    expect(late.code).toBe(4);
    expect(late.stderr).toMatch(/waiting for PostgreSQL \(lagging/);
    expect((await ran('sync', 'pause', '--source', 'kafka', '--reason', 'r')).stderr).toMatch(
      /not possible for Kafka/,
    );
  }, 150_000);

  test('resume and force-full bring them back', async () => {
    signalBroker('SIGCONT');
    expect(await ran('sync', 'resume', '--source', 'redis')).toMatchObject({ code: 0 });
    const full = await ran(
      'sync',
      'force-full',
      '--source',
      'postgresql',
      '--reason',
      'its replay was held by hand',
    );
    expect(full).toMatchObject({ code: 0 });
    await untilStatus({ postgresql: 'in_sync', redis: 'in_sync' });
  }, 240_000);
});

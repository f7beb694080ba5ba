import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '../../lib/cli/connection';
import { connect } from '../../lib/cli/connection';
import { projectFolder } from '../../lib/cli/project-folder';
import { openTraffic } from '../../lib/cli/public-name';
import { loadTopology } from '../../lib/config/load-topology';
import { foldOrders } from '../../lib/domain/report/ledger-event';
import { startLoad } from '../../lib/lab/drill/load-run';
import { waitForAcknowledged } from '../../lib/lab/drill/load-watch';
import { openLab } from '../../lib/lab/lab';
import { isRunning, sendSignal } from '../../lib/lab/process-identity';
import { waitUntil } from '../../lib/lab/wait-until';
import { startZone } from '../../lib/lab/zone-services';
import type { Traffic, Weights } from '../../lib/ports/traffic';
import { describeOnPostgres } from '../lab/requirements';
import { evac } from './command-line';
import { seatOf, waitUntilWhole } from './lab-under-test';

const name = 'e2e-active';
const folder = mkdtempSync(join(tmpdir(), 'evt-active-'));
const configFile = join(folder, 'active-active.yaml');
const balance = '  balance: { returnAfterSeconds: 3, stepSeconds: 0.5 }\n';
writeFileSync(
  configFile,
  readFileSync(join(projectFolder, 'config/lab.yaml'), 'utf8')
    .replace('mode: active-standby', 'mode: active-active')
    .replace('  servicePort: 8080\n', (line) => line + balance),
);
const topology = loadTopology(configFile);
const lab = openLab({ topology, configFile, lab: name, projectFolder, report: () => undefined });
const by = ['--config', configFile];

describeOnPostgres('an active-active lab', () => {
  let connection: Connection;
  let traffic: Traffic;

  beforeAll(async () => {
    const up = await evac(['lab', 'up', ...by], { lab: name, timeoutMs: 240_000 });
    if (up.code !== 0) throw new Error(up.stderr);
    connection = await connect(topology, { EVAC_LAB: name });
    traffic = await openTraffic(connection);
    await waitUntilWhole(connection, 'az-a');
  }, 400_000);

  afterAll(async () => {
    connection.close();
    const down = await evac(['lab', 'down', ...by], { lab: name });
    rmSync(folder, { recursive: true });
    expect(down.stdout).toContain('nothing is left');
  }, 60_000);

  const weightsAre = (what: string, wanted: Weights): Promise<void> =>
    waitUntil({ what, timeoutMs: 60_000, everyMs: 100 }, async () => {
      const found = await traffic.current(4_000);
      return Object.entries(wanted).every(([zone, weight]) => found[zone] === weight);
    });
  const apiIn = (zone: string) =>
    lab.zones.record
      .resourcesOf('process')
      .filter((entry) => entry.name === 'orders' && entry.place === zone && isRunning(entry));

  test('shares the traffic, drains the zone whose API dies without moving a store, and gives its share back', async () => {
    await weightsAre('both zones serve', { 'az-a': 50, 'az-b': 50 });
    const before = await seatOf(connection);
    const load = startLoad(lab, lab.context(), { name: 'active', ratePerSecond: 40 });
    await waitForAcknowledged(load, 200, 60_000);
    for (const api of apiIn('az-a')) sendSignal(api.pid, 'SIGKILL');
    await weightsAre('az-a is drained', { 'az-a': 0, 'az-b': 100 });
    const status = await evac(['status', ...by], { lab: name });
    expect(status.stdout).toMatch(/^traffic: .*az-a/m);
    expect(status.stdout).toContain('by weights, and no store moves');
    const { writer, epoch, operation } = await seatOf(connection);
    expect({ writer, epoch, operation }).toEqual({ writer: 'az-a', epoch: before.epoch, operation: null });
    startZone(lab.context(), 'az-a', ['orders']);
    await weightsAre('az-a has its share again', { 'az-a': 50, 'az-b': 50 });
    await load.stop();
    const orders = foldOrders(load.tail.all());
    expect(orders.filter(({ ackAtMs }) => ackAtMs === null)).toEqual([]);
    expect((await seatOf(connection)).epoch).toBe(before.epoch);
  }, 300_000);
});

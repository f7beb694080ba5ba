import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { LabNotUp } from '../../lab-errors';
import { copiers, objectsDiskOf } from '../../objects-services';
import { isRunning, sendSignal } from '../../process-identity';
import { runTool } from '../../run-tool';
import { startService } from '../../zone-services';
import { endedAs, failoversWere, goesOnWithin, nothingLost, serviceCameBack, unless } from '../expectations';
import { readReceipts } from '../../drill/receipt-ids';
import type { Row, Scenario } from '../scenario';
import { scenario } from '../scenario';
import { movedAlone, postgresPlaces, postgresStayed } from './stores';

const FILL_MS = 30_000;

/** Until nothing more goes onto it; what is taken away again is the ballast. */
const fillDisk = (row: Row, zone: string): void => {
  const ballast = join(objectsDiskOf(row.lab.zones.layout, zone), 'ballast');
  row.hold({ pids: [], release: () => rmSync(ballast, { force: true }) });
  // Ends with an error when the disk is full: that is what is wanted.
  const args = [
    '-c',
    'dd if=/dev/zero of="$0" bs=1M 2>/dev/null; df --output=avail "$1" | tail -n 1',
    ballast,
  ];
  const left = runTool({ command: 'sh', args: [...args, join(ballast, '..')], timeoutMs: FILL_MS });
  if (Number(left.trim()) > 0)
    throw new LabNotUp(`the disk in ${zone} is not full: ${left.trim()} kB are left`);
};

const writerFull: Scenario = scenario({
  name: 'objects-disk-full',
  store: 'objects',
  fault: 'the disk of the store of objects that writes is full: it reads, and takes nothing',
  must: 'objects alone move to az-b; PostgreSQL, its standby and the traffic stay; 0 lost, of receipts no more than the objective; with space again az-a rejoins',
  deadlineMs: 90_000,
  steps: async (row) => {
    row.begin(`the disk of objects in ${row.home} is full`);
    fillDisk(row, row.home);
    await row.seat(
      `objects write in ${row.away}`,
      ({ beside, operation }) => beside.objects?.writer === row.away && operation === null,
    );
    await row.recovered();
    return { postgres: postgresPlaces(row), home: row.home, away: row.away };
  },
  expectation: (measured, { postgres, home, away }) => [
    ...failoversWere(measured, 1),
    ...movedAlone(measured, 'objects'),
    ...endedAs(measured, 'failover', 'completed'),
    ...endedAs(measured, 'rejoin', 'completed'),
    ...postgresStayed(postgres, `${home} with ${away}`),
    ...serviceCameBack(measured),
    ...nothingLost(measured),
  ],
});

const KILLS = 4;
const COPIED_AFTER_MS = 45_000;

const killCopier = (row: Row): void => {
  const found = row.lab.zones.record
    .resourcesOf('process')
    .filter(({ name, place }) => name === 'objects-copier' && place === row.home)
    .filter(isRunning);
  if (found.length === 0) throw new LabNotUp(`there is no copier in ${row.home}`);
  for (const { pid } of found) sendSignal(pid, 'SIGKILL');
};

/** As its service manager would. */
const startCopier = (row: Row): void => {
  for (const service of copiers(row.services, row.home)) startService(row.services, service);
};

/** Under load there is always a batch under way: kills at odd instants of one interval meet it at different points. */
const killInMidBatch = async (row: Row): Promise<void> => {
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const before = (await readReceipts(row.lab, row.away)).size;
    await row.wait('the copier copies', async () => (await readReceipts(row.lab, row.away)).size > before);
    killCopier(row);
    startCopier(row);
  }
};

const copierKilled: Scenario = scenario({
  name: 'copier-killed',
  store: 'objects',
  fault: `the copier that copies is killed in mid-batch, ${KILLS} times, and started again each time`,
  must: 'no failover, orders go on; every receipt that was there at the last kill arrives, each once',
  deadlineMs: 120_000,
  steps: async (row) => {
    row.begin(`the copier in ${row.home} is killed ${KILLS} times`);
    await killInMidBatch(row);
    const wanted = [...(await readReceipts(row.lab, row.home)).keys()];
    const missing = async (): Promise<readonly string[]> => {
      const there = await readReceipts(row.lab, row.away);
      return wanted.filter((id) => !there.has(id));
    };
    const endMs = performance.now() + COPIED_AFTER_MS;
    await row.wait('what was there is copied, or does not come', async () => {
      return (await missing()).length === 0 || performance.now() > endMs;
    });
    const there = await readReceipts(row.lab, row.away);
    const doubled = wanted.filter((id) => (there.get(id) ?? 0) > 1);
    await row.recovered();
    return { wanted: wanted.length, missing: (await missing()).length, doubled: doubled.length };
  },
  expectation: (measured, { wanted, missing, doubled }) => [
    ...unless(wanted > 0, 'no receipt was there: nothing is shown'),
    ...unless(missing === 0, `${missing} of ${wanted} receipts never arrived at the standby`),
    ...unless(doubled === 0, `${doubled} of ${wanted} receipts arrived more than once`),
    ...failoversWere(measured, 0),
    ...goesOnWithin(measured, 2),
    ...serviceCameBack(measured),
    ...nothingLost(measured),
  ],
});

/** Of the store that acknowledges alone, and what brings its copies. */
export const OBJECTS: readonly Scenario[] = [writerFull, copierKilled];

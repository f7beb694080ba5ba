import { spawn } from 'node:child_process';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '../lib/cli/connection';
import { projectFolder } from '../lib/cli/project-folder';
import { loadTopology } from '../lib/config/load-topology';
import { foldOrders, isGood } from '../lib/domain/report/ledger-event';
import { startLoad } from '../lib/lab/drill/load-run';
import { writersOf } from '../lib/lab/drill/places';
import { readSurvivors } from '../lib/lab/drill/survivors';
import { openLab } from '../lib/lab/lab';
import { labNameOf } from '../lib/lab/lab-name';
import { waitUntil } from '../lib/lab/wait-until';

/**
 * Nothing fails, and the machine is busy: `npm run soak -- 10` keeps every core at work with another job for ten
 * minutes while orders flow. A failover would be needless, an order given up would be a failure.
 */
const minutes = Number(process.argv[2] ?? '10');
const configFile = join(projectFolder, 'config/lab.yaml');
const topology = loadTopology(configFile);
const say = (line: string): boolean => process.stderr.write(`  ${line}\n`);
const lab = openLab({ topology, configFile, lab: labNameOf(), projectFolder, report: say });

const soak = async (): Promise<boolean> => {
  const connection = await connect(topology);
  const isWhole = async (): Promise<boolean> => {
    const seat = await connection.store.readSeat();
    return seat?.operation === null && seat.eligible !== null;
  };
  await waitUntil({ what: 'the lab is whole', timeoutMs: 120_000, everyMs: 200 }, isWhole);
  const before = await connection.store.readSeat();
  const busy = cpus().map(() => spawn(process.execPath, ['-e', 'for(;;);'], { stdio: 'ignore' }));
  try {
    const load = startLoad(lab, lab.context(), { name: 'soak', ratePerSecond: 110 });
    say(`${busy.length} cores are kept busy for ${minutes} minutes; orders flow`);
    await pause(minutes * 60_000);
    await load.stop();
    const after = await connection.store.readSeat();
    const orders = foldOrders(load.tail.all());
    const { ids } = await readSurvivors(lab, writersOf(lab.options.topology, after, ''));
    const result = {
      minutes,
      orders: orders.length,
      acknowledged: orders.filter(({ ackAtMs }) => ackAtMs !== null).length,
      failed: orders.filter(({ ackAtMs }) => ackAtMs === null).length,
      first_attempt_percent: Math.floor((orders.filter(isGood).length / orders.length) * 100_000) / 1000,
      missing: orders.filter(({ id, ackAtMs }) => ackAtMs !== null && !ids.has(id)).length,
      epochs: [before?.epoch, after?.epoch],
      writer: [before?.writer, after?.writer],
    };
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    return (
      result.failed === 0 &&
      result.missing === 0 &&
      before?.writer === after?.writer &&
      before?.epoch === after?.epoch
    );
  } finally {
    for (const job of busy) job.kill('SIGKILL');
    connection.close();
  }
};

const main = async (): Promise<void> => {
  await lab.up();
  try {
    process.exitCode = (await soak()) ? 0 : 1;
  } finally {
    await lab.down();
  }
};

void main();

import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Connection } from '../lib/cli/connection';
import { connect } from '../lib/cli/connection';
import { projectFolder } from '../lib/cli/project-folder';
import { openTraffic } from '../lib/cli/public-name';
import { loadTopology } from '../lib/config/load-topology';
import { foldOrders } from '../lib/domain/report/ledger-event';
import { zonesOfRole } from '../lib/domain/topology';
import type { DrillContext } from '../lib/lab/drill/drill-context';
import { isHomeAndWhole, otherZone, seatOf } from '../lib/lab/drill/drill-context';
import { claimedFailovers } from '../lib/lab/drill/claimed-failovers';
import type { LoadRun } from '../lib/lab/drill/load-run';
import { startLoad } from '../lib/lab/drill/load-run';
import { waitForAcknowledged } from '../lib/lab/drill/load-watch';
import { patientConnection, patientTraffic } from '../lib/lab/drill/patient-reads';
import { writersOf } from '../lib/lab/drill/places';
import { readSurvivors } from '../lib/lab/drill/survivors';
import { waitForRejoin } from '../lib/lab/drill/way-home';
import { openLab } from '../lib/lab/lab';
import { labNameOf } from '../lib/lab/lab-name';
import type { Instant } from '../lib/lab/load/instant';
import { instantNow } from '../lib/lab/load/instant';
import { waitUntil } from '../lib/lab/wait-until';
import { longestGapMs } from './gaps';
import type { StoreLoad } from './store-load';
import { startStoreLoad } from './store-load';
import type { Timing } from './timing';
import { timingOf } from './timing';

/**
 * Planned moves there and back under load, in the lab: how long the orders and one writer of each store waited.
 * `npm run bench:moves -- --config config/lab-kafka.yaml --pairs 20`
 */
const { values } = parseArgs({
  options: {
    config: { type: 'string', default: 'config/lab.yaml' },
    pairs: { type: 'string', default: '20' },
  },
});
const configFile = join(projectFolder, values.config);
const topology = loadTopology(configFile);
const pairs = Number(values.pairs);

const ORDERS_PER_SECOND = 60;
const WARM_ORDERS = 200;
const MOVE_MS = 120_000;
/** After its end a move still shows in what waited for it. */
const AFTERMATH_MS = 1_000;
/** Median; for the stores that of the design. */
const TARGET_MS: Readonly<Record<string, number>> = { orders: 700, postgres: 200, redis: 50, kafka: 500 };

const say = (line: string): void => void process.stderr.write(`  ${line}\n`);
const lab = openLab({ topology, configFile, lab: labNameOf(), projectFolder, report: say });

interface Move {
  readonly began: Instant;
  readonly ended: Instant;
}

const start = async (
  { workflows }: Connection,
  machine: string,
  input: Readonly<Record<string, unknown>>,
): Promise<Move> => {
  const name = `${topology.workload}-b-${Date.now()}`;
  const began = instantNow();
  await workflows.start(machine, name, input);
  await waitUntil({ what: `${machine} ${name} ends`, timeoutMs: MOVE_MS, everyMs: 25 }, async () => {
    const { status, failure } = await workflows.describe(machine, name);
    if (status === 'failed') throw new Error(`${machine} failed: ${failure?.cause ?? 'no reason given'}`);
    return status === 'succeeded';
  });
  return { began, ended: instantNow() };
};

const there = (context: DrillContext): Promise<Move> =>
  start(context.connection, 'failover', {
    to: otherZone(context),
    mode: 'planned',
    reason: 'bench: there',
    overrideCooldown: true,
  });

const back = (context: DrillContext): Promise<Move> =>
  start(context.connection, 'rollback', { reason: 'bench: back', overrideCooldown: true });

interface Load {
  readonly orders: LoadRun;
  readonly stores: StoreLoad;
}

/** By name: the longest time without an acknowledgement around each move, ms. */
const pausesOf = ({ orders, stores }: Load, moves: readonly Move[]): Readonly<Record<string, Timing>> => {
  const acknowledged = foldOrders(orders.tail.all()).flatMap(({ ackAtMs }) => ackAtMs ?? []);
  const sorted = acknowledged.toSorted((one, other) => one - other);
  const ofOrders = moves.map(({ began, ended }) =>
    longestGapMs(sorted, {
      fromMs: orders.tail.onLedgerClock(began),
      untilMs: orders.tail.onLedgerClock(ended) + AFTERMATH_MS,
    }),
  );
  const ofStores = Object.entries(stores.acknowledged()).map(([store, acks]) => {
    const instants = acks.map(({ monoMs }) => monoMs);
    const gaps = moves.map(({ began, ended }) =>
      longestGapMs(instants, { fromMs: began.monoMs, untilMs: ended.monoMs + AFTERMATH_MS }),
    );
    return [store, timingOf(gaps)] as const;
  });
  return Object.fromEntries([['orders', timingOf(ofOrders)], ...ofStores]);
};

const lostOf = async (context: DrillContext, { orders, stores }: Load) => {
  const writers = writersOf(topology, await seatOf(context), context.home);
  const { ids, byStore } = await readSurvivors(lab, writers);
  const placed = foldOrders(orders.tail.all()).filter(({ ackAtMs }) => ackAtMs !== null);
  const ofStores = Object.entries(stores.acknowledged()).map(([store, acks]) => {
    const found = byStore[store as keyof typeof byStore] ?? new Set<string>();
    return [store, acks.filter(({ id }) => !found.has(id)).length] as const;
  });
  return { orders: placed.filter(({ id }) => !ids.has(id)).length, ...Object.fromEntries(ofStores) };
};

const movePair = async (context: DrillContext, pair: number): Promise<readonly Move[]> => {
  const away = await there(context);
  await waitForRejoin(context, context.home);
  const home = await back(context);
  await waitUntil({ what: 'home and whole', timeoutMs: MOVE_MS, everyMs: 100 }, () =>
    isHomeAndWhole(context),
  );
  say(`${pair} of ${pairs} there and back`);
  return [away, home];
};

const measure = async (context: DrillContext) => {
  await waitUntil({ what: 'the lab is whole', timeoutMs: MOVE_MS, everyMs: 100 }, () =>
    isHomeAndWhole(context),
  );
  const epoch = (await seatOf(context))?.epoch ?? 0;
  const orders = startLoad(lab, context.services, { name: 'moves', ratePerSecond: ORDERS_PER_SECOND });
  const stores = startStoreLoad(lab, context.services);
  await waitForAcknowledged(orders, WARM_ORDERS, MOVE_MS);
  const moves: Move[] = [];
  for (let pair = 1; pair <= pairs; pair += 1) moves.push(...(await movePair(context, pair)));
  await stores.stop();
  await orders.stop();
  const load = { orders, stores };
  const all = foldOrders(orders.tail.all());
  const seconds = moves.map(({ began, ended }) => ended.monoMs - began.monoMs);
  const claims = await claimedFailovers(context.connection.store, {
    from: epoch,
    to: (await seatOf(context))?.epoch ?? epoch,
  });
  return {
    moves: moves.length,
    longest_pause_ms: pausesOf(load, moves),
    move_ms: timingOf(seconds),
    orders: all.length,
    given_up: all.filter(({ gaveUp }) => gaveUp).length,
    lost: await lostOf(context, load),
    /** More than the moves there: somebody else moved it. */
    needless_failovers: claims.length - pairs,
  };
};

const report = (result: Awaited<ReturnType<typeof measure>>): boolean => {
  const path = join(projectFolder, 'reports', 'bench-moves.json');
  mkdirSync(join(projectFolder, 'reports'), { recursive: true });
  const machine = { cores: cpus().length, model: cpus()[0]?.model ?? 'unknown' };
  const document = {
    at: new Date().toISOString(),
    config: values.config,
    machine,
    targets_ms: TARGET_MS,
    ...result,
  };
  writeFileSync(path, `${JSON.stringify(document, null, 2)}\n`);
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  const isLost = Object.values(result.lost).some((count) => count > 0);
  const isSlow = Object.entries(result.longest_pause_ms).some(
    ([name, { p50_ms }]) => p50_ms > (TARGET_MS[name] ?? Infinity),
  );
  return !isLost && !isSlow && result.given_up === 0 && result.needless_failovers === 0;
};

const main = async (): Promise<void> => {
  await lab.up();
  try {
    const connection = patientConnection(await connect(topology));
    const traffic = patientTraffic(await openTraffic(connection));
    const [home = ''] = zonesOfRole(topology, 'primary');
    const context = { lab, connection, traffic, services: lab.context(), home, say };
    try {
      process.exitCode = report(await measure(context)) ? 0 : 1;
    } finally {
      connection.close();
    }
  } finally {
    await lab.down();
  }
};

void main();

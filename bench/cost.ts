import { createHostProber } from '../lib/engines/host-agent/host-prober';
import { createMemoryEngine } from '../lib/engines/memory/memory-engine';
import { createMemoryHosts } from '../lib/engines/memory/memory-hosts';
import { createMemoryServers } from '../lib/engines/memory/memory-servers';
import type { Topology, WitnessId } from '../lib/domain/topology';
import { dataZones, witnessesOf } from '../lib/domain/topology';
import type { Clock } from '../lib/ports/clock';
import type { Prober } from '../lib/ports/engine';
import type { MetricDatum } from '../lib/ports/metrics';
import { createItemStore } from '../lib/state/item-store';
import type { ItemTable, Write } from '../lib/state/item-table';
import { createMemoryTable } from '../lib/state/memory-table';
import type { Item } from '../lib/state/parse-item';
import { createMemoryTraffic } from '../lib/traffic/memory/memory-traffic';
import { createNoSamples } from '../lib/traffic/samples/no-samples';
import { probeZone } from '../lambdas/probe-zone/probe-zone';
import type { Ports } from '../lambdas/shared/ports';

/** List prices in US East (N. Virginia), US dollars, without any free tier. */
export const PRICES = {
  dynamodb_write_unit: { usd: 0.625 / 1e6, source: 'aws.amazon.com/dynamodb/pricing/on-demand' },
  dynamodb_read_unit: { usd: 0.125 / 1e6, source: 'aws.amazon.com/dynamodb/pricing/on-demand' },
  lambda_gb_second: { usd: 0.0000166667, source: 'aws.amazon.com/lambda/pricing (x86)' },
  lambda_request: { usd: 0.2 / 1e6, source: 'aws.amazon.com/lambda/pricing' },
  cloudwatch_put: { usd: 0.01 / 1e3, source: 'aws.amazon.com/cloudwatch/pricing (PutMetricData)' },
  cloudwatch_metric_month: { usd: 0.3, source: 'aws.amazon.com/cloudwatch/pricing (first 10,000 metrics)' },
} as const;

/** As the stack sets it; a witness's loop is running all the time. */
const WITNESS_MEMORY_MB = 256;
const HOURS_A_MONTH = 730;
const ROUNDS = 100;

interface Counted {
  writeUnits: number;
  readUnits: number;
  requests: number;
}

const bytesOf = (item: Item | undefined): number =>
  item === undefined ? 0 : Buffer.byteLength(JSON.stringify(item));
/** A write unit is 1 KB; a strongly consistent read unit 4 KB, and one is paid for a key that is not there. */
const writeUnits = (item: Item): number => Math.ceil(bytesOf(item) / 1024);
const readUnits = (item: Item | undefined): number => Math.max(1, Math.ceil(bytesOf(item) / 4096));

/** The memory table, and what its requests would cost in units. */
const countingTable = (inner: ItemTable, counted: Counted): ItemTable => {
  const note = (writes: number, reads: number): void => {
    counted.requests += 1;
    counted.writeUnits += writes;
    counted.readUnits += reads;
  };
  return {
    ...inner,
    get: async (sk) => {
      const item = await inner.get(sk);
      note(0, readUnits(item));
      return item;
    },
    getMany: async (sks) => {
      const items = await inner.getMany(sks);
      const missing = sks.length - items.length;
      note(
        0,
        items.reduce((sum, item) => sum + readUnits(item), missing),
      );
      return items;
    },
    put: async (item, guard) => {
      note(writeUnits(item), 0);
      return inner.put(item, guard);
    },
    patch: async (sk, changes, guard) => {
      note(writeUnits({ ...(await inner.get(sk)), ...changes }), 0);
      return inner.patch(sk, changes, guard);
    },
    transact: async (writes: readonly Write[], token) => {
      // Twice the units of a plain write: one to prepare, one to commit.
      note(
        writes.reduce((sum, write) => sum + 2 * (write.kind === 'put' ? writeUnits(write.item) : 1), 0),
        0,
      );
      return inner.transact(writes, token);
    },
  };
};

/** Time that passes only when somebody sleeps. */
const virtualClock = (): Clock => {
  let nowMs = 0;
  return {
    monotonicMs: () => nowMs,
    sleep: async (ms) => {
      const untilMs = nowMs + ms;
      await new Promise((resolve) => setImmediate(resolve));
      nowMs = Math.max(nowMs, untilMs);
    },
    worstLatenessMs: () => 0,
  };
};

const answering = (component: string): Prober => ({
  component,
  probe: async () => ({ state: 'ok', reason: null, latencyMs: 1.5 }),
  close: async () => undefined,
});

const nothing = async (): Promise<void> => undefined;

/** The witnesses' own code over memory, with what it asks of AWS counted. */
const calmRegion = (topology: Topology) => {
  const counted: Counted = { writeUnits: 0, readUnits: 0, requests: 0 };
  const metrics = { puts: 0, names: new Set<string>() };
  const clock = virtualClock();
  const [home = '', other = ''] = dataZones(topology);
  const servers = createMemoryServers(home, other);
  const hosts = createMemoryHosts(servers);
  const table = countingTable(createMemoryTable({ nowMs: () => clock.monotonicMs() }), counted);
  let ids = 0;
  const ports: Ports = {
    topology: { ...topology, policy: { ...topology.policy, automatic: 'off' } },
    policyVersion: 'bench',
    store: createItemStore(table, { workload: topology.workload, witnesses: witnessesOf(topology) }),
    postgres: createMemoryEngine(servers, hosts),
    beside: {},
    copies: {},
    hostsBeside: {},
    api: answering('api'),
    host: createHostProber(hosts),
    peer: answering('peer'),
    traffic: createMemoryTraffic({ [home]: 100, [other]: 0 }),
    samples: createNoSamples(),
    witnesses: { freshRound: async () => [] },
    workflows: {
      start: nothing,
      stop: nothing,
      describe: async () => ({ status: 'unknown', failure: null }),
    },
    functions: { fire: nothing, ping: async () => true },
    metrics: {
      put: async (data: readonly MetricDatum[]) => {
        metrics.puts += 1;
        for (const { metric, dimensions } of data)
          metrics.names.add(`${metric} ${JSON.stringify(dimensions)}`);
      },
    },
    clock,
    newId: () => `run-${(ids += 1)}`,
    log: { info: () => undefined, warn: () => undefined },
  };
  return { ports, counted, metrics };
};

const usd = (value: number): number => Number(value.toPrecision(4));

/** What a calm round of all witnesses costs: the requests that the shipped loop makes, counted, at list prices. */
export const costOfRound = async (topology: Topology) => {
  const { ports, counted, metrics } = calmRegion(topology);
  const { checkIntervalMs } = topology.policy;
  const witnesses = witnessesOf(topology);
  const loop = (witness: WitnessId) => probeZone(ports, { witness, limitMs: ROUNDS * checkIntervalMs });
  const loops = await Promise.all(witnesses.map(loop));
  const rounds = loops.reduce((sum, { rounds: made }) => sum + made, 0) / witnesses.length;
  const each = {
    dynamodb_requests: counted.requests / rounds,
    dynamodb_write_units: counted.writeUnits / rounds,
    dynamodb_read_units: counted.readUnits / rounds,
    lambda_gb_seconds: (witnesses.length * (WITNESS_MEMORY_MB / 1024) * checkIntervalMs) / 1000,
    lambda_requests: (witnesses.length * checkIntervalMs) / 60_000,
    cloudwatch_puts: metrics.puts / rounds,
  };
  const roundsAMonth = (HOURS_A_MONTH * 3_600_000) / checkIntervalMs;
  const dynamodb =
    each.dynamodb_write_units * PRICES.dynamodb_write_unit.usd +
    each.dynamodb_read_units * PRICES.dynamodb_read_unit.usd;
  const lambda =
    each.lambda_gb_seconds * PRICES.lambda_gb_second.usd + each.lambda_requests * PRICES.lambda_request.usd;
  const cloudwatch =
    each.cloudwatch_puts * PRICES.cloudwatch_put.usd +
    (metrics.names.size * PRICES.cloudwatch_metric_month.usd) / roundsAMonth;
  const whole = dynamodb + lambda + cloudwatch;
  return {
    witnesses: witnesses.length,
    round_seconds: checkIntervalMs / 1000,
    rounds_measured: rounds,
    requests_per_round: Object.fromEntries(
      Object.entries(each).map(([name, value]) => [name, Math.round(value * 1000) / 1000]),
    ),
    custom_metrics: metrics.names.size,
    usd_per_round: {
      dynamodb: usd(dynamodb),
      lambda: usd(lambda),
      cloudwatch: usd(cloudwatch),
      whole: usd(whole),
    },
    usd_per_month: Math.round(100 * whole * roundsAMonth) / 100,
    prices: PRICES,
  };
};

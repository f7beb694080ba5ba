import { CALM_GRID } from '../../domain/decision/world';
import type { Scenario } from '../failover-scenarios';
import { SCENARIOS, STANDBY_SCENARIOS } from '../failover-scenarios';
import type { World } from '../ports';
import { putGrid, withBeacon } from '../ports';

/** The next calls of an engine's method are refused, as by a store that is not well for a moment. */
const failNext = (world: World, method: 'degrade' | 'rejoin', times: number): void => {
  const real = world.ports.postgres[method] as (...args: unknown[]) => Promise<unknown>;
  let left = times;
  const failing = (...args: unknown[]): Promise<unknown> => {
    left -= 1;
    return left >= 0 ? Promise.reject(new Error(`${method}: not now`)) : real(...args);
  };
  Object.assign(world.ports.postgres, { [method]: failing });
};

/** az-b writes, and az-a is back as its synchronous standby. */
const afterAFailover = async ({ ports }: World): Promise<void> => {
  const effect = { epoch: 7, deadlineMs: 1 };
  await ports.postgres.ensureWriterIn('az-b', effect);
  await ports.postgres.admitWrites('az-b', effect);
  await ports.postgres.rejoin('az-a', 'az-b', effect);
  await ports.postgres.ensureSynchronous('az-b', 'az-a', effect);
  await ports.traffic.shift({ 'az-a': 0, 'az-b': 100 }, 1);
};

/** The writer waits for nobody, and what the standby has of it is a second old. */
const showBeacons = async (world: World): Promise<void> => {
  const { store, postgres } = world.ports;
  const beaconAtMs = (await store.nowMs()) - 1_000;
  await postgres.degrade('az-a', { epoch: 7, deadlineMs: 1 });
  await postgres.beacon('az-a', beaconAtMs, 1);
  const { writeObservation } = store;
  const written: typeof writeObservation = (seen, how) => writeObservation(withBeacon(seen, beaconAtMs), how);
  Object.assign(store, { writeObservation: written });
  await putGrid(world, CALM_GRID);
};

const home = {
  machine: 'rollback',
  grid: CALM_GRID,
  execution: 'way-home',
  input: { reason: 'az-a is back' },
} as const;

/** What fails only once or twice may have passed when it is delivered again. */
export type Played = Scenario;

/** Between them they enter every state of every machine; the table's test holds them to that. */
export const PLAYED: readonly Played[] = [
  { ...SCENARIOS.lost },
  { ...SCENARIOS.planned },
  { ...SCENARIOS.plannedWithRedis },
  { ...SCENARIOS.plannedOfAll },
  { ...SCENARIOS.lostWithAll },
  { ...SCENARIOS.redisLost },
  { ...SCENARIOS.unfit },
  { ...SCENARIOS.inSteps },
  { ...SCENARIOS.breached },
  {
    ...SCENARIOS.planned,
    name: 'planned by hand, and the target stops behind the fence',
    prepare: async ({ ports, servers }) => {
      const { fence } = ports.postgres;
      const stopping: typeof fence = async (...args) => {
        const report = await fence(...args);
        servers.kill('az-b');
        return report;
      };
      Object.assign(ports.postgres, { fence: stopping });
    },
    ends: 'rolled-back',
  },
  {
    ...SCENARIOS.emergency,
    name: 'emergency by hand with no standby eligible, a loss accepted: the fence is the power of the old writer',
    input: { to: 'az-b', mode: 'emergency', reason: 'az-a is ill', acceptLossSeconds: 600 },
    prepare: showBeacons,
    seat: { eligible: null },
  },
  {
    ...home,
    name: 'the way home, planned',
    prepare: afterAFailover,
    seat: { writer: 'az-b', eligible: 'az-a', cooldownUntilMs: 0 },
    ends: 'completed',
  },
  {
    ...home,
    name: 'the way home, asked for at home',
    prepare: async () => undefined,
    ends: null,
  },
  { ...STANDBY_SCENARIOS.degrade },
  {
    ...STANDBY_SCENARIOS.degrade,
    name: 'the writer cannot be let go on at first',
    prepare: async (world) => {
      world.servers.kill('az-b');
      failNext(world, 'degrade', 2);
    },
  },
  { ...STANDBY_SCENARIOS.rejoin },
  {
    ...STANDBY_SCENARIOS.rejoin,
    name: 'the old writer is back, and cannot be rewound',
    prepare: async (world) => {
      await STANDBY_SCENARIOS.rejoin.prepare(world);
      failNext(world, 'rejoin', 1);
    },
    ends: 'released',
    mayComplete: true,
  },
  { ...STANDBY_SCENARIOS.rebuild },
];

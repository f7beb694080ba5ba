import { claimOperation } from '../../lambdas/shared/claim';
import { freshSnapshot } from '../../lambdas/shared/fresh-evidence';
import { reconcileSeat } from '../../lambdas/reconcile-seat/reconcile-seat';
import { executionName } from '../../lib/contract/names';
import type { MachineName } from '../../lib/contract/workflows';
import { decide } from '../../lib/domain/decision/decide';
import { CALM_GRID, ZONE_LOSS_GRID } from '../domain/decision/world';
import type { CallCounter, CrashPoint } from './crash';
import { crashingPorts, When } from './crash';
import type { Ended } from './machine-run';
import { runMachine } from './machine-run';
import type { World } from './ports';
import { createWorld, DIED, keepLooking, putGrid } from './ports';

/**
 * Every call that leaves a Lambda is a place where it may die: before the call, or after it with the answer lost.
 * `caught`: the state machine goes on with its Catch. `died`: the whole execution is gone with it.
 */
const ENDINGS = ['caught', 'died'] as const;
type Ending = (typeof ENDINGS)[number];

interface Scenario {
  readonly name: string;
  /** What the witnesses see, round by round. */
  readonly grid: string;
  readonly execution: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly prepare: (world: World) => Promise<void>;
}

const claimAutomatically = async (world: World): Promise<void> => {
  const snapshot = await freshSnapshot(world.ports);
  const decision = decide(snapshot);
  expect(decision.kind).toBe('failover');
  await claimOperation(world.ports, {
    snapshot,
    decision,
    trigger: 'witness',
    execution: executionName('orders', snapshot.seat.epoch + 1),
    overrideCooldown: false,
    acceptLossSeconds: null,
    reason: 'zone-loss',
  });
};

const byHand = (mode: string) => ({ to: 'az-b', mode, reason: 'a test' });

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'zone lost, found by the witnesses',
    grid: ZONE_LOSS_GRID,
    execution: 'orders-e8',
    input: { epoch: 8 },
    prepare: async (world) => {
      world.lose('az-a');
      await claimAutomatically(world);
    },
  },
  {
    name: 'zone frozen, found by the witnesses',
    grid: ZONE_LOSS_GRID,
    execution: 'orders-e8',
    input: { epoch: 8 },
    prepare: async (world) => {
      world.servers.freeze('az-a');
      world.servers.silenceHost('az-a');
      await claimAutomatically(world);
    },
  },
  {
    name: 'zone cut off from the Region and alive for its clients',
    grid: ZONE_LOSS_GRID,
    execution: 'orders-e8',
    input: { epoch: 8 },
    prepare: claimAutomatically,
  },
  {
    name: 'planned by hand, both zones well',
    grid: CALM_GRID,
    execution: 'by-hand',
    input: byHand('planned'),
    prepare: async () => undefined,
  },
  {
    name: 'emergency by hand, both zones well',
    grid: CALM_GRID,
    execution: 'by-hand',
    input: byHand('emergency'),
    prepare: async () => undefined,
  },
  {
    name: 'planned by hand, the target does not verify',
    grid: CALM_GRID,
    execution: 'by-hand',
    input: byHand('planned'),
    prepare: async (world) => {
      jest
        .spyOn(world.ports.postgres, 'verify')
        .mockResolvedValue({ ok: false, findings: ['the fence row names nobody'], numbers: {} });
    },
  },
];

/** Clients write in both zones all the time and keep what was acknowledged. */
const createClients = (world: World) => {
  const acknowledged: string[] = [];
  let orders = 0;
  const order = (zone: string): boolean => {
    const id = `order-${(orders += 1)}`;
    const isTaken = world.servers.write(zone, id) === 'acknowledged';
    if (isTaken) acknowledged.push(id);
    return isTaken;
  };
  const orderEverywhere = (): readonly string[] => ['az-a', 'az-b'].filter(order);
  return { acknowledged, orderEverywhere };
};

type Clients = ReturnType<typeof createClients>;

/** What must hold however it went. Empty when all is well. */
const findings = async (world: World, clients: Clients): Promise<readonly string[]> => {
  const seat = await world.seatNow();
  const writers = clients.orderEverywhere();
  const kept = world.servers.at(seat.writer).ids;
  const missing = clients.acknowledged.filter((id) => !kept.includes(id));
  const weights = await world.ports.traffic.current(1_000);
  const weighted = Object.keys(weights).filter((zone) => (weights[zone] ?? 0) > 0);
  return [
    ...(seat.operation === null ? [] : [`the seat is held: ${seat.operation.phase}`]),
    ...(writers.join() === seat.writer
      ? []
      : [`"${writers.join()}" acknowledge, the seat says ${seat.writer}`]),
    ...(missing.length === 0 ? [] : [`${missing.length} acknowledged orders are missing`]),
    ...(weighted.join() === seat.writer ? [] : [`traffic goes to ${weighted.join()}, not to ${seat.writer}`]),
  ];
};

const RECONCILES = 3;

const reconcile = async (world: World): Promise<void> => {
  for (let times = 0; times < RECONCILES && (await world.seatNow()).operation !== null; times += 1)
    await reconcileSeat(world.ports).catch(() => undefined);
};

/** What was given back before its first effect is decided and done again; nothing of the first try is in the way. */
const goAgain = async (world: World): Promise<void> => {
  const { epoch, writer, lastOutcome } = await world.seatNow();
  const { power, isFrozen } = world.servers.at(writer);
  if (lastOutcome?.result !== 'released' || (power === 'running' && !isFrozen)) return;
  world.clock.advance(world.topology.policy.checkIntervalMs * world.topology.policy.failureThreshold);
  await claimAutomatically(world);
  const execution = executionName('orders', epoch + 1);
  await runMachine({ machine: 'failover', execution, portsFor: () => world.ports }, { epoch: epoch + 1 });
};

interface Played {
  readonly calls: readonly string[];
  readonly crashed: boolean;
  readonly wrong: readonly string[];
  readonly ended: Ended | null;
  readonly result: string | undefined;
}

const play = async (scenario: Scenario, point: CrashPoint | null, ending: Ending): Promise<Played> => {
  const world = await createWorld();
  const clients = createClients(world);
  clients.orderEverywhere();
  await putGrid(world, scenario.grid);
  keepLooking(world, scenario.grid);
  await scenario.prepare(world);
  const counter: CallCounter = { calls: [], hasCrashed: false };
  const gone = (): never => {
    throw new Error('the execution is gone');
  };
  const portsFor = () =>
    ending === 'died' && counter.hasCrashed
      ? gone()
      : crashingPorts(world.ports, { counter, point, meanwhile: () => clients.orderEverywhere() });
  const machine: MachineName = 'failover';
  const ended = await runMachine({ machine, execution: scenario.execution, portsFor }, scenario.input).catch(
    () => null,
  );
  const callsOfTheRun = [...counter.calls];
  if (ended?.ended !== 'Succeed') world.workflows.executions.set(scenario.execution, DIED);
  await reconcile(world);
  await goAgain(world);
  const wrong = await findings(world, clients);
  const result = (await world.seatNow()).lastOutcome?.result;
  jest.restoreAllMocks();
  return { calls: callsOfTheRun, crashed: counter.hasCrashed, wrong, ended, result };
};

describe.each(SCENARIOS)('$name', (scenario) => {
  const isBad = scenario.name.includes('does not verify');

  it('goes through when nothing crashes', async () => {
    const { wrong, result } = await play(scenario, null, 'caught');
    expect({ wrong, result }).toEqual({ wrong: [], result: isBad ? 'rolled-back' : 'completed' });
  });

  it.each(ENDINGS.flatMap((ending) => Object.values(When).map((when) => [when, ending] as const)))(
    'ends with one writer, whichever call it crashes %s, and is then %s',
    async (when, ending) => {
      const { calls } = await play(scenario, null, 'caught');
      const broken: string[] = [];
      for (let call = 1; call <= calls.length; call += 1) {
        const { crashed, wrong } = await play(scenario, { call, when }, ending);
        expect(crashed).toBe(true);
        if (wrong.length > 0) broken.push(`${when} call ${call} (${calls[call - 1]}): ${wrong.join('; ')}`);
      }
      expect(broken.join('\n')).toBe('');
    },
  );
});

import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from '../../cli/connection';
import type { Seat } from '../../domain/protocol/seat';
import { explainReason } from '../../domain/decision/explain';
import { foldOrders, ledgerEndMs } from '../../domain/report/ledger-event';
import { measureLoss } from '../../domain/report/loss';
import type { Survivors } from '../../domain/report/loss';
import { measureScenario } from '../../domain/report/measure-scenario';
import type { PhaseInstants } from '../../domain/report/phases';
import { DEFAULT_CRITERION, recoveredAtMs } from '../../domain/report/recovery';
import type { DecisionStory, ScenarioReport } from '../../domain/report/report-document';
import { MINIMUM_ACKNOWLEDGED } from '../../domain/report/verdict-on-scenario';
import type { ZoneId } from '../../domain/topology';
import { dataZones } from '../../domain/topology';
import type { Traffic } from '../../ports/traffic';
import type { FaultInstants } from '../faults';
import type { Lab } from '../lab';
import { appendMark } from '../load/marks';
import { waitUntil } from '../wait-until';
import type { ServiceContext } from '../zone-services';
import type { LoadRun } from './load-run';
import { startLoad } from './load-run';
import type { SeatWatch } from './seat-watch';
import { watchSeat } from './seat-watch';
import { readSurvivors } from './survivors';

export type LossKind = 'kill' | 'freeze' | 'cut';

export interface DrillContext {
  readonly lab: Lab;
  readonly connection: Connection;
  readonly traffic: Traffic;
  readonly services: ServiceContext;
  readonly home: ZoneId;
  readonly say: (line: string) => void;
}

const RATE_PER_SECOND = 120;
const deadlinesMs = { warmUp: 60_000, recovery: 60_000, rejoin: 90_000, rollback: 90_000 } as const;
const SETTLE_AFTER_ROLLBACK_MS = 1_000;

export interface LossResult {
  readonly scenario: ScenarioReport;
  readonly ledger: string;
  readonly marks: string;
}

interface Run extends DrillContext {
  readonly name: string;
  readonly fault: LossKind;
  readonly load: LoadRun;
  readonly marks: string;
  readonly problems: string[];
}

const otherZone = ({ lab, home }: DrillContext): ZoneId =>
  dataZones(lab.options.topology).find((zone) => zone !== home) ?? home;

const seatOf = async ({ connection }: DrillContext): Promise<Seat | null> => connection.store.readSeat();

/** Idle, home, with a proven standby in the other zone: what a drill starts from and ends in. */
export const isHomeAndWhole = async (context: DrillContext): Promise<boolean> => {
  const seat = await seatOf(context);
  return seat?.operation === null && seat.writer === context.home && seat.eligible === otherZone(context);
};

const inject = (run: Run): Promise<FaultInstants> => {
  const { faults } = run.lab;
  if (run.fault === 'kill') return faults.kill(run.home);
  if (run.fault === 'freeze') return faults.freeze(run.home);
  return Promise.resolve(faults.cut(run.home));
};

/** Read back from the kernel, not from what was asked of it. */
const proveFault = (run: Run): void => {
  const inForce = JSON.stringify(run.lab.faults.current());
  if (!inForce.includes(`"${run.home}"`)) run.problems.push(`the fault did not take effect: ${inForce}`);
};

/** Runs a wait and turns its failure into a finding: a drill measures what went wrong instead of stopping at it. */
const orProblem = async (run: Run, act: () => Promise<void>): Promise<boolean> => {
  try {
    await act();
    return true;
  } catch (error) {
    run.problems.push(error instanceof Error ? error.message : String(error));
    return false;
  }
};

const waitForWarmLoad = (run: Run): Promise<void> =>
  waitUntil(
    {
      what: `${MINIMUM_ACKNOWLEDGED.before} acknowledged orders before the fault`,
      timeoutMs: deadlinesMs.warmUp,
      everyMs: 50,
    },
    () => {
      run.load.tail.read();
      return run.load.tail.acknowledged() > MINIMUM_ACKNOWLEDGED.before;
    },
  );

const acknowledgedSince = (run: Run, atMs: number): number =>
  run.load.tail.all().filter((event) => event.t === 'ack' && event.atMs >= atMs).length;

const waitForRecovery = (run: Run, faultAtMs: number): Promise<void> =>
  waitUntil(
    { what: 'the public path stays good after the fault', timeoutMs: deadlinesMs.recovery, everyMs: 100 },
    () => {
      run.load.tail.read();
      const events = run.load.tail.all();
      const endMs = ledgerEndMs(events);
      const observation = {
        orders: foldOrders(events),
        faultAtMs,
        observedUntilMs: endMs,
        ledgerEndMs: endMs,
        criterion: DEFAULT_CRITERION,
      };
      return (
        recoveredAtMs(observation) !== null && acknowledgedSince(run, faultAtMs) > MINIMUM_ACKNOWLEDGED.after
      );
    },
  );

const waitForRejoin = (run: Run): Promise<void> =>
  waitUntil(
    { what: `${run.home} rejoins as synchronous standby`, timeoutMs: deadlinesMs.rejoin, everyMs: 100 },
    async () => {
      const seat = await seatOf(run);
      return seat?.operation === null && seat.eligible === run.home;
    },
  );

const ROLLBACK_ATTEMPTS = 3;

/** `evac rollback` as a person would start it, and again when it was undone (a busy machine's store can time out). */
const returnHome = async (run: Run): Promise<void> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await rollBackOnce(run);
    } catch (error) {
      if (attempt === ROLLBACK_ATTEMPTS) throw error;
      run.say(`${run.name}: the way home was undone and is tried again: ${String(error)}`);
      await orProblem(run, () => waitForRejoin(run));
    }
  }
};

/** The planned move home, then full redundancy again. */
const rollBackOnce = async (run: Run): Promise<void> => {
  const { workflows } = run.connection;
  const name = `${run.lab.options.topology.workload}-d-${Date.now()}`;
  await workflows.start('rollback', name, {
    reason: `drill ${run.name}: return home`,
    overrideCooldown: true,
  });
  const wait = { what: 'the rollback ends', timeoutMs: deadlinesMs.rollback, everyMs: 50 };
  await waitUntil(wait, async () => {
    const { status, failure } = await workflows.describe('rollback', name);
    if (status === 'failed') throw new Error(`the rollback failed: ${failure?.cause ?? 'no reason given'}`);
    return status === 'succeeded';
  });
  await waitUntil({ ...wait, what: 'the standby is whole again' }, () => isHomeAndWhole(run));
};

const storyOf = async (run: Run, epoch: number | null): Promise<DecisionStory | null> => {
  const record = epoch === null ? null : await run.connection.store.readDecision(epoch);
  if (record === null) return null;
  const { decision } = record;
  return {
    by: decision.voters.map(({ witness }) => `witness ${witness}`).join(', ') || 'a person',
    summary: `${decision.scenario}, confidence ${decision.confidence}`,
    reasons: decision.reasons.map(explainReason),
  };
};

/** Failovers that no fault of this drill called for: each claimed epoch has its decision on record. */
const countNeedless = async (
  run: Run,
  epochs: { readonly from: number; readonly to: number },
  expected: number | null,
): Promise<number> => {
  let needless = 0;
  for (let epoch = epochs.from + 1; epoch <= epochs.to; epoch += 1) {
    const record = await run.connection.store.readDecision(epoch);
    if (record?.decision.operation?.kind === 'failover' && epoch !== expected) needless += 1;
  }
  return needless;
};

const phaseInstants = (run: Run, watch: SeatWatch): PhaseInstants =>
  Object.fromEntries(
    Object.entries(watch.seen).map(([name, instant]) => [name, run.load.tail.onLedgerClock(instant)]),
  );

interface Observed {
  readonly instants: FaultInstants;
  readonly watch: SeatWatch;
  readonly startEpoch: number;
  readonly observedUntilMs: number;
  readonly atTarget: Survivors | null;
  readonly atHome: Survivors | null;
}

const survivorsOrProblem = async (run: Run, zone: ZoneId): Promise<Survivors | null> => {
  try {
    const { ids, readAt } = await readSurvivors(run.lab, zone);
    return { ids, readAtMs: run.load.tail.onLedgerClock(readAt) };
  } catch (error) {
    run.problems.push(error instanceof Error ? error.message : String(error));
    return null;
  }
};

const loseZone = async (run: Run): Promise<Pick<Observed, 'instants' | 'watch' | 'observedUntilMs'>> => {
  await waitForWarmLoad(run);
  const watch = watchSeat({ lost: run.home, store: run.connection.store, traffic: run.traffic });
  const instants = await inject(run);
  const faultAt = { atMs: instants.startedAtMs, monoMs: instants.startedAtMonotonicMs };
  appendMark(run.marks, { name: 'fault', scenario: run.name, detail: `${run.fault} ${run.home}` }, faultAt);
  proveFault(run);
  run.say(`${run.name}: ${run.home} is lost (${run.fault}); nobody touches anything now`);
  await orProblem(run, () => waitForRecovery(run, run.load.tail.onLedgerClock(faultAt)));
  await watch.stop();
  return { instants, watch, observedUntilMs: ledgerEndMs(run.load.tail.all()) };
};

const healAndReturn = async (run: Run): Promise<void> => {
  await run.lab.revive(run.home);
  appendMark(run.marks, { name: 'healed', scenario: run.name, detail: run.home });
  if (!(await orProblem(run, () => waitForRejoin(run)))) return;
  run.say(`${run.name}: ${run.home} has rejoined; returning home`);
  await orProblem(run, () => returnHome(run));
  await pause(SETTLE_AFTER_ROLLBACK_MS);
};

const report = async (run: Run, observed: Observed): Promise<ScenarioReport> => {
  const { tail } = run.load;
  const { instants, watch, atTarget } = observed;
  const faultAtMs = tail.onLedgerClock({ atMs: instants.startedAtMs, monoMs: instants.startedAtMonotonicMs });
  const orders = foldOrders(tail.all());
  const lostAtTarget = atTarget === null ? [] : measureLoss(orders, faultAtMs, atTarget).lostIds;
  if (lostAtTarget.length > 0)
    run.problems.push(`${lostAtTarget.length} acknowledged orders were missing right after the failover`);
  const endSeat = await seatOf(run);
  const epochs = { from: observed.startEpoch, to: endSeat?.epoch ?? observed.startEpoch };
  return measureScenario({
    name: run.name,
    fault: run.fault,
    events: tail.all(),
    fromMs: orders[0]?.startedAtMs ?? faultAtMs,
    faultAtMs,
    observedUntilMs: observed.observedUntilMs,
    survivors: observed.atHome,
    hadToFailOver: true,
    needlessFailovers: await countNeedless(run, epochs, watch.epoch()),
    phases: phaseInstants(run, watch),
    decision: await storyOf(run, watch.epoch()),
    objectives: objectivesOf(run),
    problems: run.problems,
  });
};

export const objectivesOf = ({ lab }: DrillContext) => ({
  rto_seconds: lab.options.topology.policy.rtoMs / 1000,
  rpo_seconds: lab.options.topology.policy.rpoMs / 1000,
});

/** One zone loss under load: lost, recovered by the product alone, healed, rejoined, returned home, compared. */
export const runZoneLoss = async (
  context: DrillContext,
  wanted: { readonly name: string; readonly fault: LossKind },
): Promise<LossResult> => {
  const startEpoch = (await seatOf(context))?.epoch ?? 0;
  const load = startLoad(context.lab, context.services, {
    name: wanted.name,
    ratePerSecond: RATE_PER_SECOND,
  });
  const marks = join(context.lab.zones.layout.folder, `${wanted.name}.marks.jsonl`);
  const run: Run = { ...context, ...wanted, load, marks, problems: [] };
  const lost = await loseZone(run);
  const atTarget = await survivorsOrProblem(run, otherZone(run));
  await healAndReturn(run);
  await orProblem(run, () => load.stop());
  const atHome = await survivorsOrProblem(run, (await seatOf(run))?.writer ?? run.home);
  const scenario = await report(run, { ...lost, startEpoch, atTarget, atHome });
  return { scenario, ledger: load.ledger, marks };
};

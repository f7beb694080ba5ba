import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { explainReason } from '../../domain/decision/explain';
import { foldOrders, ledgerEndMs } from '../../domain/report/ledger-event';
import { measureLoss } from '../../domain/report/loss';
import type { Survivors } from '../../domain/report/loss';
import { measureScenario } from '../../domain/report/measure-scenario';
import type { PhaseInstants } from '../../domain/report/phases';
import type { DecisionStory, ScenarioReport } from '../../domain/report/report-document';
import { MINIMUM_ACKNOWLEDGED } from '../../domain/report/verdict-on-scenario';
import type { ByStore } from '../../domain/protocol/seat';
import type { ZoneId } from '../../domain/topology';
import { objectsOf } from '../../domain/topology';
import type { FaultInstants } from '../faults';
import { appendMark } from '../load/marks';
import type { DrillContext } from './drill-context';
import { objectivesOf, seatOf } from './drill-context';
import { claimedFailovers } from './claimed-failovers';
import type { LoadRun } from './load-run';
import { startLoad } from './load-run';
import { waitForAcknowledged, waitForRecovery } from './load-watch';
import type { SeatWatch } from './seat-watch';
import { watchSeat } from './seat-watch';
import { orProblem } from './or-problem';
import { lossLimitsOf, writersOf } from './places';
import { readSurvivors } from './survivors';
import { returnHome, waitForRejoin } from './way-home';

export type LossKind = 'kill' | 'freeze' | 'cut';

const RATE_PER_SECOND = 120;
/**
 * Each receipt is put twice and read once; at 120 a second the copies alone would fill two cores. A recovery is judged by 100
 * orders in 3 s: below 34 a second there is none to be measured.
 */
const RATE_WITH_OBJECTS = 35;
const deadlinesMs = { warmUp: 120_000, recovery: 60_000 } as const;
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

/** Whether it came to pass in time. */
const cameToPass = async ({ problems }: Run, wait: () => Promise<void>): Promise<boolean> =>
  (await orProblem(problems, async () => {
    await wait();
    return true;
  })) !== null;

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

/** Failovers that no fault of this drill called for. */
const countNeedless = async (
  run: Run,
  epochs: { readonly from: number; readonly to: number },
  expected: number | null,
): Promise<number> =>
  (await claimedFailovers(run.connection.store, epochs)).filter(({ epoch }) => epoch !== expected).length;

const phaseInstants = (run: Run, watch: SeatWatch): PhaseInstants =>
  Object.fromEntries(
    Object.entries(watch.seen).map(([name, instant]) => [name, run.load.tail.onLedgerClock(instant)]),
  );

/** What the stores held, on the ledger's clock. */
interface Read {
  readonly survivors: Survivors;
  readonly byStore: Readonly<Record<string, Survivors>>;
}

interface Observed {
  readonly instants: FaultInstants;
  readonly watch: SeatWatch;
  readonly startEpoch: number;
  readonly observedUntilMs: number;
  readonly atTarget: Read | null;
  readonly atHome: Read | null;
}

const survivorsOrProblem = (run: Run, writers: ByStore<ZoneId>): Promise<Read | null> =>
  orProblem(run.problems, async () => {
    const { ids, byStore, readAt } = await readSurvivors(run.lab, writers);
    const readAtMs = run.load.tail.onLedgerClock(readAt);
    const each = Object.entries(byStore).map(([store, found]) => [store, { ids: found, readAtMs }] as const);
    return { survivors: { ids, readAtMs }, byStore: Object.fromEntries(each) };
  });

const writersNow = async (run: Run): Promise<ByStore<ZoneId>> =>
  writersOf(run.lab.options.topology, await seatOf(run), run.home);

const loseZone = async (run: Run): Promise<Pick<Observed, 'instants' | 'watch' | 'observedUntilMs'>> => {
  await waitForAcknowledged(run.load, MINIMUM_ACKNOWLEDGED.before, deadlinesMs.warmUp);
  const watch = watchSeat({ lost: run.home, store: run.connection.store, traffic: run.traffic });
  const instants = await inject(run);
  const faultAt = { atMs: instants.startedAtMs, monoMs: instants.startedAtMonotonicMs };
  appendMark(run.marks, { name: 'fault', scenario: run.name, detail: `${run.fault} ${run.home}` }, faultAt);
  proveFault(run);
  run.say(`${run.name}: ${run.home} is lost (${run.fault}); nobody touches anything now`);
  await cameToPass(run, () =>
    waitForRecovery(run.load, {
      faultAtMs: run.load.tail.onLedgerClock(faultAt),
      acknowledged: MINIMUM_ACKNOWLEDGED.after,
      timeoutMs: deadlinesMs.recovery,
    }),
  );
  await watch.stop();
  return { instants, watch, observedUntilMs: ledgerEndMs(run.load.tail.all()) };
};

const healAndReturn = async (run: Run): Promise<void> => {
  await run.lab.revive(run.home);
  appendMark(run.marks, { name: 'healed', scenario: run.name, detail: run.home });
  if (!(await cameToPass(run, () => waitForRejoin(run, run.home)))) return;
  run.say(`${run.name}: ${run.home} has rejoined; returning home`);
  await cameToPass(run, () => returnHome(run));
  await pause(SETTLE_AFTER_ROLLBACK_MS);
};

const report = async (run: Run, observed: Observed): Promise<ScenarioReport> => {
  const { tail } = run.load;
  const { instants, watch, atTarget } = observed;
  const faultAtMs = tail.onLedgerClock({ atMs: instants.startedAtMs, monoMs: instants.startedAtMonotonicMs });
  const orders = foldOrders(tail.all());
  const lostAtTarget = atTarget === null ? [] : measureLoss(orders, faultAtMs, atTarget.survivors).lostIds;
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
    survivors: observed.atHome?.survivors ?? null,
    survivorsByStore: observed.atHome?.byStore ?? {},
    lossLimits: lossLimitsOf(run.lab.options.topology),
    hadToFailOver: true,
    needlessFailovers: await countNeedless(run, epochs, watch.epoch()),
    phases: phaseInstants(run, watch),
    decision: await storyOf(run, watch.epoch()),
    objectives: objectivesOf(run),
    problems: run.problems,
  });
};

/** One zone loss under load: lost, recovered by the product alone, healed, rejoined, returned home, compared. */
export const runZoneLoss = async (
  context: DrillContext,
  wanted: { readonly name: string; readonly fault: LossKind },
): Promise<LossResult> => {
  const startEpoch = (await seatOf(context))?.epoch ?? 0;
  const load = startLoad(context.lab, context.services, {
    name: wanted.name,
    ratePerSecond:
      objectsOf(context.lab.options.topology) === undefined ? RATE_PER_SECOND : RATE_WITH_OBJECTS,
  });
  const marks = join(context.lab.zones.layout.folder, `${wanted.name}.marks.jsonl`);
  const run: Run = { ...context, ...wanted, load, marks, problems: [] };
  const lost = await loseZone(run);
  const atTarget = await survivorsOrProblem(run, await writersNow(run));
  await healAndReturn(run);
  await cameToPass(run, () => load.stop());
  const atHome = await survivorsOrProblem(run, await writersNow(run));
  const scenario = await report(run, { ...lost, startEpoch, atTarget, atHome });
  return { scenario, ledger: load.ledger, marks };
};

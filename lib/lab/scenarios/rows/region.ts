import { setTimeout as pause } from 'node:timers/promises';
import { zonesOfRole } from '../../../domain/topology';
import { isInRecovery } from '../../drill/local-database';
import { regionPlace } from '../../layout';
import {
  describeOutcome,
  endedAs,
  failedOverOnce,
  failoversWere,
  nothingLost,
  outcomesOf,
  serviceCameBack,
  unless,
} from '../expectations';
import { movedTo, moving } from '../moves';
import { holdLambda, holdServerProcess, holdService, killLambda } from '../process-faults';
import type { Measured, Row, Scenario } from '../scenario';
import { scenario } from '../scenario';

const STORE_AWAY_MS = 10_000;
/** The promote step has journalled its phase and asked its server by then; the server itself is stopped. */
const MID_STEP_MS = 500;
/** A stale effect would act within a round or two of the witness that was let go on. */
const STALE_WATCHED_MS = 3_000;

/** The Region's process stops: its table, its workflows and its queues answer nobody; Lambdas and engines live. */
const loseStore = async (row: Row): Promise<void> => {
  const region = row.hold(holdService(row.lab, regionPlace, 'emulator'));
  row.say(`${row.name}: the state store is unreachable`);
  await pause(STORE_AWAY_MS);
  region.release();
  row.say(`${row.name}: the state store is back`);
};

const killHome = (row: Row) => row.fault(`${row.home} is killed`, () => row.lab.faults.kill(row.home));

const inPhase = (row: Row, phase: string) =>
  row.seat(`the failover is in phase ${phase}`, ({ operation }) => operation?.phase === phase);

/** With a failover that was undone a second one may follow; somebody must have ended it well. */
const settledWell = (measured: Measured): readonly string[] => [
  ...endedAs(measured, 'failover', 'completed'),
  ...unless(
    measured.failovers.length <= 2,
    `at most one failover and one repetition wanted, ${measured.failovers.length} were claimed`,
  ),
  ...serviceCameBack(measured),
  ...nothingLost(measured),
];

const storeAwayDetecting = scenario({
  name: 'store-away-detecting',
  fault: 'state store unreachable 10 s during detection',
  must: 'hold, never a guess',
  deadlineMs: 90_000,
  steps: async (row) => {
    await killHome(row);
    await loseStore(row);
    const untouched = await isInRecovery(row.lab, row.away);
    await movedTo(row, row.away);
    await row.recovered();
    return untouched;
  },
  expectation: (measured, untouched) => [
    ...unless(untouched, 'nothing promoted while the store was away wanted, the standby had been promoted'),
    ...failedOverOnce(measured),
  ],
});

const storeAwayMoving = scenario({
  name: 'store-away-moving',
  fault: 'state store unreachable 10 s during a failover',
  must: 'resume or roll back, never a guess',
  deadlineMs: 150_000,
  steps: async (row) => {
    await killHome(row);
    await moving(row);
    await loseStore(row);
    await movedTo(row, row.away);
    await row.recovered();
  },
  expectation: settledWell,
});

/** The server asked to promote is stopped, so that the step is in the middle of it for as long as the row needs. */
const inMidSwitch = async (row: Row, act: (execution: string) => Promise<void>): Promise<void> => {
  const startup = row.hold(holdServerProcess(row.lab, row.away, 'startup'));
  await killHome(row);
  const { seat } = await inPhase(row, 'switching');
  await pause(MID_STEP_MS);
  await act(seat.operation?.execution ?? '');
  startup.release();
  await movedTo(row, row.away);
  await row.recovered();
};

const aborted = scenario({
  name: 'execution-aborted',
  fault: 'execution aborted from the console in mid-switch',
  must: 'reconciled: finished or undone',
  deadlineMs: 150_000,
  steps: (row) =>
    inMidSwitch(row, async (execution) => {
      await row.connection.workflows.stop('failover', execution, 'aborted in the console');
      row.say(`${row.name}: ${execution} is aborted`);
    }),
  expectation: settledWell,
});

const taskKilled = scenario({
  name: 'task-lambda-killed',
  fault: 'a task Lambda killed in mid-step; what it asked for arrives after the heal',
  must: 'finished once, stale effect refused',
  deadlineMs: 150_000,
  steps: async (row) => {
    let killed = 0;
    await inMidSwitch(row, async () => {
      killed = killLambda(row.lab, 'switch-postgres');
      row.say(`${row.name}: ${killed} process(es) of the promote step killed`);
    });
    return killed;
  },
  expectation: (measured, killed) => [
    ...unless(killed > 0, 'a promote step killed in the middle wanted, none was running'),
    ...failoversWere(measured, 1),
    ...settledWell(measured),
  ],
});

const witnessKilled = scenario({
  name: 'witness-lambda-killed',
  fault: 'a witness Lambda killed, another stopped in mid-step; its late write arrives after the heal',
  must: 'finished once, stale effect refused',
  deadlineMs: 150_000,
  steps: async (row) => {
    const [third = ''] = zonesOfRole(row.lab.options.topology, 'witness');
    await killHome(row);
    await moving(row);
    const stopped = row.hold(holdLambda(row.lab, `probe-zone-${row.away}`));
    killLambda(row.lab, `probe-zone-${third}`);
    row.say(`${row.name}: the witness of ${third} is killed, the one of ${row.away} stopped`);
    await movedTo(row, row.away);
    await row.recovered();
    const before = row.history.all().at(-1)?.seat;
    stopped.release();
    await pause(STALE_WATCHED_MS);
    return { before, after: row.history.all().at(-1)?.seat };
  },
  expectation: (measured, { before, after }) => [
    ...unless(
      before !== undefined && after?.epoch === before.epoch && after.writer === before.writer,
      `nothing changed by the late witness wanted: epoch ${before?.epoch} writer ${before?.writer} became ` +
        `epoch ${after?.epoch} writer ${after?.writer}`,
    ),
    ...unless(
      outcomesOf(measured, 'failover').filter(({ result }) => result === 'completed').length === 1,
      `the failover ended once wanted, it ended ${measured.outcomes.map(describeOutcome).join('; ')}`,
    ),
    ...failedOverOnce(measured),
  ],
});

export const REGION: readonly Scenario[] = [storeAwayDetecting, storeAwayMoving];
export const KILLED_IN_MID_STEP: readonly Scenario[] = [taskKilled, witnessKilled];
export const ABORTED: readonly Scenario[] = [aborted];

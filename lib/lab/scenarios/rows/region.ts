import { setTimeout as pause } from 'node:timers/promises';
import type { Operation } from '../../../domain/protocol/seat';
import { zonesOfRole } from '../../../domain/topology';
import { requireLocalEndpoint } from '../../deploy/local-endpoint';
import { isInRecovery } from '../../drill/local-database';
import { orProblem } from '../../drill/or-problem';
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
import { failoversIn } from '../claims';
import { promoteLate, refusedLate } from '../late-effects';
import { causeOf, endOf, movedTo, moving } from '../moves';
import { primariesNow } from '../postgres-words';
import { holdLambda, holdServerProcess, holdService, killLambda } from '../process-faults';
import type { Execution } from '../../../ports/workflows';
import type { Measured, Row, Scenario } from '../scenario';
import { scenario } from '../scenario';

const STORE_AWAY_MS = 10_000;
const ANSWER_MS = 500;
/** The promote step has journalled its phase and asked its server by then; the server itself is stopped. */
const MID_STEP_MS = 500;
/** A stale effect would act within a round or two of the witness that was let go on. */
const STALE_WATCHED_MS = 3_000;

/** Read back, as every fault is. */
const storeAnswers = async ({ lab }: Row): Promise<boolean> => {
  const signal = AbortSignal.timeout(ANSWER_MS);
  const ask = () => fetch(requireLocalEndpoint(lab.file()?.endpoint), { signal });
  return (await orProblem([], ask)) !== null;
};

const wasAway = (answered: boolean): readonly string[] =>
  unless(!answered, 'the state store away wanted, it answered');

/** The Region's process stops: its table, its workflows and its queues answer nobody; Lambdas and engines live. Answers whether it did. */
const loseStore = async (row: Row): Promise<boolean> => {
  const region = row.hold(holdService(row.lab, regionPlace, 'emulator'));
  row.say(`${row.name}: the state store is unreachable`);
  await pause(STORE_AWAY_MS - ANSWER_MS);
  const answered = await storeAnswers(row);
  region.release();
  row.say(`${row.name}: the state store is back`);
  return answered;
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

const finishedOnce = (measured: Measured): readonly string[] =>
  unless(
    outcomesOf(measured, 'failover').filter(({ result }) => result === 'completed').length === 1,
    `the failover ended once wanted, it ended ${measured.outcomes.map(describeOutcome).join('; ')}`,
  );

/** A claim whose voters have died since cannot be confirmed by newer rounds: it is given back before its first effect. */
const othersGivenBack = (measured: Measured): readonly string[] => {
  const givenBack = outcomesOf(measured, 'failover').filter(({ result }) => result === 'released');
  return unless(
    measured.failovers.length === givenBack.length + 1,
    `one failover wanted, and every other claim given back; of ${measured.failovers.length} claims were given back: ` +
      `${givenBack.map(describeOutcome).join('; ') || 'none'}`,
  );
};

const storeAwayDetecting = scenario({
  name: 'store-away-detecting',
  fault: 'state store unreachable 10 s during detection',
  must: 'hold, never a guess',
  deadlineMs: 90_000,
  steps: async (row) => {
    await killHome(row);
    const answered = await loseStore(row);
    const untouched = await isInRecovery(row.lab, row.away);
    await movedTo(row, row.away);
    await row.recovered();
    return { answered, untouched };
  },
  expectation: (measured, { answered, untouched }) => [
    ...wasAway(answered),
    ...unless(untouched, 'nothing promoted while the store was away wanted, the standby had been promoted'),
    ...failedOverOnce(measured),
  ],
});

/** The move that was under way, and no other: it was carried to its end, or it was undone; and what failed says why. */
const endedByName = (measured: Measured, end: Execution, own: readonly number[]): readonly string[] => {
  const outcome = outcomesOf(measured, 'failover').find(({ epoch }) => own.includes(epoch));
  const saysWhy = end.status === 'succeeded' || (end.failure !== null && outcome?.reason !== '');
  return unless(
    outcome !== undefined && outcome.result !== 'failed' && saysWhy,
    `the interrupted move ended, or undone by name, wanted: its execution ${end.status} (${causeOf(end)}), ` +
      `its outcome ${outcome === undefined ? 'none' : describeOutcome(outcome)}`,
  );
};

const storeAwayMoving = scenario({
  name: 'store-away-moving',
  fault: 'state store unreachable 10 s during a failover',
  must: 'resume or roll back, never a guess',
  deadlineMs: 150_000,
  steps: async (row) => {
    await killHome(row);
    const { seat } = await moving(row);
    const answered = await loseStore(row);
    const interrupted = seat.operation?.execution ?? '';
    const end = await endOf(row, interrupted);
    row.say(`${row.name}: the move that the store left ended as ${end.status}`);
    await movedTo(row, row.away);
    await row.recovered();
    const epochs = failoversIn(row.history.all().map((seen) => seen.seat));
    const own = epochs.filter(({ execution }) => execution === interrupted).map(({ epoch }) => epoch);
    return { answered, end, own };
  },
  expectation: (measured, { answered, end, own }) => [
    ...wasAway(answered),
    ...endedByName(measured, end, own),
    ...settledWell(measured),
  ],
});

/** The server asked to promote is stopped, so that the step is in the middle of it for as long as the row needs. */
const inMidSwitch = async (row: Row, act: (operation: Operation) => Promise<void>): Promise<void> => {
  const startup = row.hold(holdServerProcess(row.lab, row.away, 'startup'));
  await killHome(row);
  const { seat } = await inPhase(row, 'switching');
  await pause(MID_STEP_MS);
  if (seat.operation !== null) await act(seat.operation);
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
    inMidSwitch(row, async ({ execution }) => {
      await row.connection.workflows.stop('failover', execution, 'aborted in the console');
      row.say(`${row.name}: ${execution} is aborted`);
    }),
  expectation: settledWell,
});

/**
 * What the killed Lambda had asked for cannot be refused any more: its server had taken the request, and it is what the
 * move wants. What can come later, and must be refused, is the step once more at the epoch that was taken over.
 */
const taskKilled = scenario({
  name: 'task-lambda-killed',
  fault: 'a task Lambda killed in mid-step; what it asked for arrives after the heal',
  must: 'finished once, stale effect refused',
  deadlineMs: 150_000,
  steps: async (row) => {
    let killed = 0;
    let stale: Operation | null = null;
    await inMidSwitch(row, async (operation) => {
      killed = killLambda(row.lab, 'switch-postgres');
      stale = operation;
      row.say(`${row.name}: ${killed} process(es) of the promote step killed`);
    });
    const late = stale === null ? null : await promoteLate(row, stale);
    return { killed, late, away: row.away, primaries: await primariesNow(row) };
  },
  expectation: (measured, { killed, late, away, primaries }) => [
    ...unless(killed > 0, 'a promote step killed in the middle wanted, none was running'),
    ...(late === null ? ['the step that was killed was not seen'] : refusedLate(late)),
    ...unless(
      primaries.join() === away,
      `one writer, in ${away}, wanted, primaries are: ${primaries.join(', ') || 'none'}`,
    ),
    ...finishedOnce(measured),
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
    ...finishedOnce(measured),
    ...othersGivenBack(measured),
    ...serviceCameBack(measured),
    ...nothingLost(measured),
  ],
});

export const REGION: readonly Scenario[] = [storeAwayDetecting, storeAwayMoving];
export const KILLED_IN_MID_STEP: readonly Scenario[] = [taskKilled, witnessKilled];
export const ABORTED: readonly Scenario[] = [aborted];

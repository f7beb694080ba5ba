import { EvacError } from '../../../domain/errors';
import { storesOf } from '../../../domain/topology';
import {
  describeOutcome,
  endedAs,
  failoversWere,
  nothingLost,
  outcomesOf,
  serviceCameBack,
  unless,
} from '../expectations';
import { letOutlive, throttle } from '../lambda-limits';
import { logSince, promoteLate, refusedLate } from '../late-effects';
import { beginAtFence, causeOf, isDone, moveEnded, standbyIs, startMove, startUntil, stepOf } from '../moves';
import { primariesNow } from '../postgres-words';
import { holdLambda, holdService, killServer } from '../process-faults';
import type { Held } from '../process-faults';
import type { Measured, Row, Scenario } from '../scenario';
import { scenario } from '../scenario';
import { breakHostedZone } from '../wrong-hosted-zone';

const PROMOTE = 'switch-postgres';
const FROZEN_AT_MOST_SECONDS = 180;

const planned = (row: Row) =>
  startMove(row, { to: row.away, mode: 'planned', reason: `scenario ${row.name}` });

const isFenced = (row: Row): boolean => row.history.all().at(-1)?.seat.operation?.phase === 'fenced';

/** A start that is refused on a busy machine (no fresh word of the witnesses) is made again. */
const fencedBy = async (row: Row): Promise<void> => {
  let execution = await planned(row);
  await row.wait('the old writer is fenced', async () => {
    const { status } = await row.connection.workflows.describe('failover', execution);
    if (status === 'failed') execution = await planned(row);
    return isFenced(row);
  });
};

/** A step for each store: one that went on would take the move past where all of it can still be undone. */
const promotesOf = ({ lab }: Row): readonly string[] =>
  storesOf(lab.options.topology).map((store) => `switch-${store}`);

/** A move that stands right before its promotion: the writer is fenced, the Lambdas of these steps do not go on. */
const heldAtPromotion = async (row: Row, steps: readonly string[] = [PROMOTE]): Promise<Held> => {
  const holds = steps.map((step) => row.hold(holdLambda(row.lab, step)));
  await fencedBy(row);
  row.begin('a person moves the writer; it is fenced, and the promote step is stopped');
  await row.wait('the standby is level', async () => {
    const seat = row.history.all().at(-1)?.seat;
    const outcome = seat?.operation === null ? seat.lastOutcome : null;
    // Nobody will hold it there any more: said at once, not after the row's time.
    if (outcome !== null)
      throw new EvacError(`the move ended before its promotion: ${describeOutcome(outcome)}`);
    return (await stepOf(row, seat?.epoch ?? 0, 'wait-for-sync')) !== null;
  });
  return {
    pids: holds.flatMap(({ pids }) => pids),
    release: () => holds.forEach((each) => each.release()),
  };
};

/** Back to a zone that is alive: the old writer serves again, one failover was claimed and undone. */
const undone = (measured: Measured): readonly string[] => [
  ...failoversWere(measured, 1),
  ...endedAs(measured, 'failover', 'rolled-back'),
  ...serviceCameBack(measured),
  ...nothingLost(measured),
];

const lastMove = ({ outcomes }: Measured): string => {
  const last = outcomes.findLast(({ kind }) => kind === 'failover');
  return last === undefined ? 'none' : describeOutcome(last);
};

/** The refusal that the promote step itself wrote, in the log of the call that was frozen. */
const ownRefusal = async (row: Row, sinceMs: number): Promise<string> => {
  let refusal = '';
  await row.wait('the thawed promote step ends, and says why', async () => {
    const lines = await logSince(row.lab, PROMOTE, sinceMs);
    refusal = lines.find((line) => line.includes('StaleEpoch')) ?? refusal;
    return refusal !== '' || lines.some((line) => line.startsWith('END'));
  });
  return refusal;
};

/**
 * The call is frozen before its first act: frozen later, in phase `switching`, the move would rightly be finished and not
 * undone, and no signal can be aimed between the server's check of the epoch and its promotion. So it is the seat that
 * refuses the thawed call; what it would have asked next is asked of the server, at the same epoch. Two things are put
 * aside, or a frozen call could not come back after its state's time (60 s): `reconcile-seat`, which takes over after
 * 45 s, takes no calls, and the function's own timeout, at which its Region ends it, is longer than the state's.
 */
const frozenPastItsTime = async (row: Row) => {
  const promote = await heldAtPromotion(row, promotesOf(row));
  const operation = row.history.all().at(-1)?.seat.operation ?? null;
  const { seat } = await moveEnded(row);
  await row.recovered();
  const thawedAtMs = Date.now();
  promote.release();
  row.say(`${row.name}: the promote step goes on, after its time`);
  const own = await ownRefusal(row, thawedAtMs);
  row.say(`${row.name}: it was told: ${own}`);
  const late = operation === null ? null : await promoteLate(row, operation);
  return { own, late, primaries: await primariesNow(row), ended: seat.lastOutcome };
};

const latePromote = scenario({
  name: 'promote-frozen',
  fault: 'task Lambda of the promote step frozen past its timeout, rollback done, Lambda thawed',
  must: 'late promote refused, one writer',
  deadlineMs: 180_000,
  steps: async (row) => {
    const undo: (() => Promise<void>)[] = [];
    try {
      undo.push(await throttle(row.lab, 'reconcile-seat'));
      for (const step of promotesOf(row)) undo.push(await letOutlive(row.lab, step, FROZEN_AT_MOST_SECONDS));
      return await frozenPastItsTime(row);
    } finally {
      for (const back of undo) await back();
    }
  },
  expectation: (measured, { own, late, primaries, ended }) => [
    ...unless(
      /States\.Timeout/.test(ended?.reason ?? ''),
      `a rollback because the step was past its time wanted, the reason is: ${ended?.reason}`,
    ),
    ...unless(own !== '', 'the late promote refused as StaleEpoch wanted, its log says nothing of it'),
    ...(late === null ? ['the operation that was frozen was not seen'] : refusedLate(late)),
    ...unless(
      primaries.join() === ended?.from,
      `one writer, in ${ended?.from}, wanted, primaries are: ${primaries.join(', ') || 'none'}`,
    ),
    ...undone(measured),
  ],
});

const promoteFails = scenario({
  name: 'promote-fails',
  fault: 'promote fails (its server crashes), the old writer alive',
  must: 'rollback to a zone that is alive',
  deadlineMs: 150_000,
  steps: async (row) => {
    const promote = await heldAtPromotion(row);
    killServer(row.lab, row.away);
    row.say(`${row.name}: the server in ${row.away} is killed`);
    promote.release();
    await moveEnded(row);
    await row.recovered();
    await standbyIs(row, row.away);
  },
  expectation: undone,
});

/** The reason that the execution's end has on record, when it could neither be finished nor undone. */
const recordedStop = async (row: Row, epochs: readonly number[]): Promise<string | null> => {
  for (const epoch of epochs) {
    const step = await stepOf(row, epoch, 'record-outcome');
    const reason = step?.detail['reason'];
    if (step?.status === 'failed' && typeof reason === 'string') return reason;
  }
  return null;
};

const epochsSeen = (row: Row): readonly number[] => [
  ...new Set(row.history.all().flatMap(({ seat }) => seat.operation?.epoch ?? [])),
];

const stopsWithReason = async (row: Row): Promise<string> => {
  let reason: string | null = null;
  await row.wait('the execution ends with its reason on record', async () => {
    reason = await recordedStop(row, epochsSeen(row));
    return reason !== null;
  });
  return reason ?? '';
};

const promoteFailsAlone = scenario({
  name: 'promote-fails-nobody-alive',
  fault: 'promote fails (its server crashes), the old writer dead',
  must: 'stop with the reason when none is alive; in order again by itself once one is',
  deadlineMs: 240_000,
  steps: async (row) => {
    const promote = row.hold(holdLambda(row.lab, PROMOTE));
    await row.fault(`${row.home} is killed`, () => row.lab.faults.kill(row.home));
    await row.seat('the failover is fenced', ({ operation }) => operation?.phase === 'fenced');
    killServer(row.lab, row.away);
    row.say(`${row.name}: the server in ${row.away} is killed, too`);
    promote.release();
    const reason = await stopsWithReason(row);
    row.say(`${row.name}: stopped: ${reason}`);
    await row.lab.revive(row.home);
    row.say(`${row.name}: ${row.home} is back`);
    await moveEnded(row);
    await row.recovered();
    return reason;
  },
  expectation: (measured, reason) => [
    ...unless(reason.length > 0, 'a stop with its reason wanted, none was recorded'),
    ...serviceCameBack(measured),
    ...nothingLost(measured),
  ],
});

const trafficFails = scenario({
  name: 'traffic-change-fails',
  fault: 'traffic change fails (Route 53 refuses it)',
  must: 'stop with the reason; finished or undone by itself once the cause is gone',
  deadlineMs: 240_000,
  steps: async (row) => {
    const mend = await breakHostedZone(row.lab);
    try {
      const request = { to: row.away, mode: 'planned', reason: `scenario ${row.name}` } as const;
      const [end] = await Promise.all([
        startUntil(row, request, (ended) => isDone(ended) || /Route 53/.test(causeOf(ended))),
        beginAtFence(row, 'a person moves the writer; Route 53 refuses the change'),
      ]);
      row.say(`${row.name}: ended as ${end.status}: ${causeOf(end)}`);
      await mend();
      await moveEnded(row);
      await row.recovered();
      return { end, weights: await row.traffic.current(5_000), seat: row.history.all().at(-1)?.seat };
    } finally {
      await mend();
    }
  },
  expectation: (measured, { end, weights, seat }) => [
    ...unless(
      end.status === 'failed' && /Route 53/.test(causeOf(end)),
      `a stop that names Route 53 wanted, found ${end.status}: ${causeOf(end)}`,
    ),
    ...unless(
      seat !== undefined && weights[seat.writer] === 100,
      `the traffic where the writer is wanted, the writer is ${seat?.writer}, the weights ${JSON.stringify(weights)}`,
    ),
    ...unless(
      outcomesOf(measured, 'failover').some(({ result }) => result !== 'released'),
      `the failover finished or undone wanted, it was ${lastMove(measured)}`,
    ),
    ...failoversWere(measured, 1),
    ...serviceCameBack(measured),
    ...nothingLost(measured),
  ],
});

const verifyFails = scenario({
  name: 'verify-fails',
  fault: 'verify fails (the API in the new zone does not answer)',
  must: 'rollback to a zone that is alive',
  deadlineMs: 150_000,
  steps: async (row) => {
    const promote = await heldAtPromotion(row);
    const api = row.hold(holdService(row.lab, row.away, 'orders'));
    promote.release();
    await moveEnded(row);
    await row.recovered();
    api.release();
    await standbyIs(row, row.away);
  },
  expectation: undone,
});

/** I7: writes were admitted, so nobody goes back by himself: the move stays, and its end says why it is no success. */
const serviceFails = scenario({
  name: 'verify-service-fails',
  fault: 'verification of the service fails after admission (the API in the new zone answers no more)',
  must: 'stays in the new zone, ended as failed with the reason; one writer, nothing lost',
  deadlineMs: 150_000,
  steps: async (row) => {
    const verify = row.hold(holdLambda(row.lab, 'verify-service'));
    await fencedBy(row);
    row.begin('a person moves the writer');
    const { seat } = await row.seat(
      'writes are admitted',
      ({ operation }) => operation?.phase === 'admitted',
    );
    const epoch = seat.operation?.epoch ?? 0;
    await row.wait(
      'the traffic is shifted, and the guard is content with it',
      async () => (await stepOf(row, epoch, 'guard-traffic'))?.detail['next'] === 'done',
    );
    const api = row.hold(holdService(row.lab, row.away, 'orders'));
    row.say(`${row.name}: the API in ${row.away} is stopped`);
    verify.release();
    await moveEnded(row);
    api.release();
    await row.recovered();
    return {
      writer: row.history.all().at(-1)?.seat.writer,
      wanted: row.away,
      primaries: await primariesNow(row),
    };
  },
  expectation: (measured, { writer, wanted, primaries }) => [
    ...failoversWere(measured, 1),
    ...endedAs(measured, 'failover', 'failed'),
    ...unless(
      /point of no return.*does not serve/.test(lastMove(measured)),
      `an end that says why wanted, it was ${lastMove(measured)}`,
    ),
    ...unless(
      writer === wanted && primaries.includes(wanted),
      `the writer in ${wanted} wanted, the seat says ${writer}, primaries are: ${primaries.join(', ')}`,
    ),
    ...serviceCameBack(measured),
    ...nothingLost(measured),
  ],
});

export const LATE_PROMOTE: readonly Scenario[] = [latePromote];
export const FAILING_STEPS: readonly Scenario[] = [
  promoteFails,
  promoteFailsAlone,
  trafficFails,
  verifyFails,
  serviceFails,
];

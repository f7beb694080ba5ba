import { setTimeout as pause } from 'node:timers/promises';
import { EvacError } from '../../../domain/errors';
import { isInRecovery } from '../../drill/local-database';
import {
  describeOutcome,
  endedAs,
  failoversWere,
  nothingLost,
  outcomesOf,
  serviceCameBack,
  unless,
} from '../expectations';
import { beginAtFence, causeOf, isDone, moveEnded, standbyIs, startMove, startUntil, stepOf } from '../moves';
import { holdLambda, holdService, killServer } from '../process-faults';
import type { Held } from '../process-faults';
import type { Measured, Row, Scenario } from '../scenario';
import { scenario } from '../scenario';
import { breakHostedZone } from '../wrong-hosted-zone';

const PROMOTE = 'switch-postgres';
const LATE_WATCHED_MS = 4_000;

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

/** A move that stands right before its promotion: the writer is fenced, the step's Lambda does not go on. */
const heldAtPromotion = async (row: Row): Promise<Held> => {
  const promote = row.hold(holdLambda(row.lab, PROMOTE));
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
  return promote;
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

const latePromote = scenario({
  name: 'promote-frozen',
  fault: 'task Lambda of the promote step frozen past its timeout, rollback done, Lambda thawed',
  must: 'late promote refused, one writer',
  deadlineMs: 180_000,
  steps: async (row) => {
    const promote = await heldAtPromotion(row);
    await moveEnded(row);
    await row.recovered();
    promote.release();
    row.say(`${row.name}: the promote step goes on, after its time`);
    await pause(LATE_WATCHED_MS);
    return { standby: await isInRecovery(row.lab, row.away), seat: row.history.all().at(-1)?.seat };
  },
  expectation: (measured, { standby, seat }) => [
    ...unless(standby, 'the late promote refused wanted, the standby has been promoted'),
    ...unless(
      seat?.writer !== seat?.lastOutcome?.to,
      `the old writer wanted, the seat names ${seat?.writer}`,
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

export const LATE_PROMOTE: readonly Scenario[] = [latePromote];
export const FAILING_STEPS: readonly Scenario[] = [
  promoteFails,
  promoteFailsAlone,
  trafficFails,
  verifyFails,
];

import { setTimeout as pause } from 'node:timers/promises';
import { explainReason } from '../../../domain/decision/explain';
import { explainRecord } from '../../../domain/decision/explain-record';
import type { Seat } from '../../../domain/protocol/seat';
import type { ZoneId } from '../../../domain/topology';
import type { DecisionRecord } from '../../../ports/state-store';
import { otherThan, seatOf } from '../../drill/drill-context';
import { askDatabase } from '../../drill/local-database';
import type { FaultInstants } from '../../faults';
import {
  endedAs,
  failedOverOnce,
  failoversWere,
  nothingLost,
  reasonGiven,
  serviceCameBack,
  unless,
} from '../expectations';
import { failoversIn, raceDifferences } from '../claims';
import { causeOf, endOf, movedTo, standbyIs, startMove, stepOf } from '../moves';
import { holdServerProcess } from '../process-faults';
import { forgetCooldown } from '../region-table';
import type { Row, Scenario } from '../scenario';
import { scenario } from '../scenario';
import { heldSince, reasonsOf } from '../witness-words';

/** Well below three rounds (0.45 s), after which the primary would rightly go on alone. */
const WAITING_MS = 80;
const RETRYING_MS = 150;
const ATTEMPTS = 5;

/** Ends the sessions of the workload that wait for the standby: their rows are on the primary alone by then. */
const terminateWaiting = async (row: Row, zone: ZoneId): Promise<number> => {
  const text = `SELECT count(pg_terminate_backend(pid))::int AS ended FROM pg_stat_activity
    WHERE wait_event = 'SyncRep' AND usename <> current_user`;
  const [found] = await askDatabase<{ ended: number }>(row.lab, zone, { what: 'sessions to end', text });
  return found?.ended ?? 0;
};

interface Terminated {
  readonly sessions: number;
  /** Acknowledged while nothing could be on both sides. */
  readonly early: number;
  /** The primary had gone on alone by then: that is right, and shows nothing about retries. */
  readonly degraded: boolean;
}

const isAlone = async (row: Row): Promise<boolean> => (await seatOf(row))?.eligible === null;

/**
 * The standby takes nothing, commits wait, their connections are terminated, and their clients come again with the same
 * key. In that moment the primary dies: what was acknowledged to them must be in the other zone.
 */
const terminateAndLose = async (row: Row): Promise<Terminated> => {
  const receiver = row.hold(holdServerProcess(row.lab, row.away, 'walreceiver'));
  await pause(WAITING_MS);
  row.load.tail.read();
  const before = row.load.tail.acknowledged();
  const sessions = await terminateWaiting(row, row.home);
  await pause(RETRYING_MS);
  row.load.tail.read();
  const early = row.load.tail.acknowledged() - before;
  const degraded = await isAlone(row);
  if (!degraded)
    await row.fault(`${row.home} is killed after ${sessions} waiting sessions were terminated`, () =>
      row.lab.faults.kill(row.home),
    );
  receiver.release();
  return { sessions, early, degraded };
};

const retried = scenario({
  name: 'terminated-write-retried',
  fault: 'a write whose connection was terminated while it waited is retried with its idempotency key',
  must: 'acknowledged only once it is on both sides',
  deadlineMs: 120_000,
  steps: async (row) => {
    let last = await terminateAndLose(row);
    for (let attempt = 1; last.degraded && attempt < ATTEMPTS; attempt += 1) {
      await standbyIs(row, row.away);
      last = await terminateAndLose(row);
    }
    if (last.degraded) return last;
    await movedTo(row, row.away);
    await row.recovered();
    return last;
  },
  expectation: (measured, { sessions, early, degraded }) => [
    ...unless(!degraded, `the primary went on alone before it could be lost, ${ATTEMPTS} times`),
    ...unless(sessions > 0, 'sessions terminated while they waited wanted, none waited'),
    ...unless(early === 0, `${early} orders were acknowledged while the standby took nothing, wanted 0`),
    ...failedOverOnce(measured),
  ],
});

const RACES = 20;
/** From the heal to the return to synchronous takes about 1.5 s; instants beyond it are part of the race. */
const RACE_SPAN_MS = 2_500;
/** A failover that is allowed is claimed within 1 s of the loss, on a busy machine, too, once nothing else holds the seat. */
const HELD_AFTER_MS = 4_000;

const KINDS: readonly ((row: Row, zone: ZoneId) => FaultInstants | Promise<FaultInstants>)[] = [
  ({ lab }, zone) => lab.faults.cut(zone),
  ({ lab }, zone) => lab.faults.freeze(zone),
  ({ lab }, zone) => lab.faults.cut(zone),
  ({ lab }, zone) => lab.faults.kill(zone),
];

const isWhole = ({ operation, eligible }: Seat): boolean => operation === null && eligible !== null;

/**
 * True when the writer moved; a claim that is under way after the time for one is waited for. With PostgreSQL's standby proven
 * the rejoin of another store may hold the seat, until it finds that its writer is gone: the time for a claim begins then.
 */
const promotedAfter = async (row: Row, writer: ZoneId): Promise<boolean> => {
  let heldAtMs = performance.now() + HELD_AFTER_MS;
  let promoted = false;
  await row.wait('the loss is answered, or held', () => {
    const seat = row.history.all().at(-1)?.seat;
    promoted = seat?.operation === null && seat.writer !== writer;
    const isProven = (seat?.eligible ?? null) !== null;
    if (isProven && seat?.operation?.kind === 'rejoin') heldAtMs = performance.now() + HELD_AFTER_MS;
    return promoted || (performance.now() > heldAtMs && seat?.operation?.kind !== 'failover');
  });
  return promoted;
};

/** Epochs of the rejoins whose own step journalled that the gate was seen to hold. */
const gatesSeen = async (row: Row, seats: readonly Seat[]): Promise<ReadonlySet<number>> => {
  const epochs = new Set(seats.flatMap(({ lastOutcome }) => lastOutcome?.epoch ?? []));
  const steps = await Promise.all([...epochs].map((epoch) => stepOf(row, epoch, 'restore-sync')));
  return new Set(steps.flatMap((step) => (step?.status === 'done' ? [step.epoch] : [])));
};

interface Raced {
  readonly promoted: boolean;
  /** The claims of the race, against what other records say of the standby's return. */
  readonly differences: readonly string[];
}

/** The standby is lost and comes back; at a random instant of its return the primary is lost. */
const raceOnce = async (row: Row, race: number): Promise<Raced> => {
  const { seat } = await row.nextSeat('both sides are whole', isWhole);
  await forgetCooldown(row.lab);
  const { writer } = seat;
  const target = otherThan(row, writer);
  row.lab.faults.cutPair(writer, target);
  await standbyIs(row, null);
  const from = row.history.all().length - 1;
  row.lab.faults.heal(writer);
  const instantMs = ((race + Math.random()) / RACES) * RACE_SPAN_MS;
  await pause(instantMs);
  const lose = KINDS[race % KINDS.length] ?? KINDS[0];
  const what = `race ${race + 1} of ${RACES}: ${writer} is lost ${Math.round(instantMs)} ms after the heal`;
  await row.fault(what, async () => (lose === undefined ? row.lab.faults.cut(writer) : lose(row, writer)));
  const promoted = await promotedAfter(row, writer);
  row.say(`${row.name}: ${promoted ? 'promoted' : 'held'}`);
  const seats = row.history
    .all()
    .slice(from)
    .map((seen) => seen.seat);
  await row.lab.revive(writer);
  row.writers.ensure();
  await row.nextSeat('both sides are whole again', isWhole);
  const seenToHold = await gatesSeen(row, seats);
  return { promoted, differences: raceDifferences({ name: `race ${race + 1}`, seats, target, seenToHold }) };
};

const race = scenario({
  name: 'synchronous-raced',
  fault: 'return to synchronous raced by a loss of the primary, 20 times at random instants',
  must: '0 lost, each promotion allowed only when eligible',
  deadlineMs: 900_000,
  steps: async (row) => {
    row.begin('the return to synchronous is raced');
    const raced: Raced[] = [];
    for (let next = 0; next < RACES; next += 1) raced.push(await raceOnce(row, next));
    const promoted = raced.filter((each) => each.promoted).length;
    row.say(`${row.name}: ${promoted} of ${RACES} promoted, the others held`);
    const seats = row.history.all().map(({ seat }) => seat);
    return { differences: raced.flatMap((each) => each.differences), claims: failoversIn(seats) };
  },
  expectation: (measured, { differences, claims }) => [
    ...differences,
    ...claims.flatMap(({ epoch, to, eligibleBefore }) =>
      unless(
        eligibleBefore.postgres === to,
        `epoch ${epoch} promoted ${to} while the proven standby was ${eligibleBefore.postgres ?? 'none'}`,
      ),
    ),
    ...unless(
      measured.failovers.length > 0,
      'at least one instant after the return wanted, none was promoted',
    ),
    ...nothingLost(measured),
  ],
});

const ALONE_MS = 3_000;
/** Time for the witnesses to decide on a primary that is lost while the standby is behind, and to say why not. */
const REFUSED_MS = 5_000;
const MARGIN_SECONDS = 60;

const boundIn = (text: string): number | null => {
  const found = /up to ([\d.]+) seconds/.exec(text)?.[1];
  return found === undefined ? null : Number(found);
};

/** The witnesses wanted the failover, and refused it in these words; what is only noted beside a hold is no refusal. */
const refusedToPromote = (records: readonly DecisionRecord[], zone: ZoneId): readonly string[] => {
  const refusals = records.filter(
    ({ decision, circumstances }) =>
      decision.kind === 'refuse' && decision.operation?.to === zone && circumstances?.trigger !== 'human',
  );
  const wanted = `${zone} is not a proven synchronous standby (eligible: none)`;
  const found = reasonsOf(refusals);
  return unless(
    found.some(({ code, sentence }) => code === 'not-eligible' && sentence.startsWith(wanted)),
    `the automatic failover refused as "${wanted}" wanted, it was told: ` +
      `${[...new Set(found.map(explainReason))].join('; ') || 'nothing'}`,
  );
};

const standbyThenPrimary = scenario({
  name: 'standby-then-primary',
  fault: 'standby lost, then primary lost before it caught up',
  must: 'refused with the number (RpoGuard); `--emergency` does it and records the price',
  deadlineMs: 180_000,
  steps: async (row) => {
    const emergency = { to: row.away, mode: 'emergency', reason: 'what is lost is accepted' } as const;
    row.lab.faults.cut(row.away);
    await standbyIs(row, null);
    await pause(ALONE_MS);
    await row.fault(`${row.home} is killed, ${row.away} comes back behind it`, () =>
      row.lab.faults.kill(row.home),
    );
    row.lab.faults.heal(row.away);
    await row.lastUntil(REFUSED_MS);
    const automatic = await heldSince(row);
    const bare = await endOf(row, await startMove(row, emergency));
    const stingy = await endOf(row, await startMove(row, { ...emergency, acceptLossSeconds: 0 }));
    const price = Math.ceil((boundIn(causeOf(stingy)) ?? 0) + MARGIN_SECONDS);
    const done = await endOf(row, await startMove(row, { ...emergency, acceptLossSeconds: price }));
    await row.recovered();
    const claim = failoversIn(row.history.all().map(({ seat }) => seat)).at(-1);
    const record = await row.connection.store.readDecision(claim?.epoch ?? 0);
    const told = await heldSince(row);
    const recorded = claim?.acceptLossSeconds ?? null;
    return { automatic, bare, stingy, price, done, recorded, record, told, away: row.away };
  },
  expectation: (measured, { automatic, bare, stingy, price, done, recorded, record, told, away }) => [
    ...refusedToPromote(automatic, away),
    ...reasonGiven(reasonsOf(told), 'rpo-exceeded', 'the refusal with its number on record'),
    ...unless(
      record !== null &&
        explainRecord(record).some((line) => line.includes(`up to ${price} s of loss accepted`)),
      `the price ${price} s shown by evac explain wanted, it says: ${record === null ? 'nothing' : explainRecord(record)[1]}`,
    ),
    ...unless(
      bare.status === 'failed' && /not a proven synchronous standby/.test(causeOf(bare)),
      `an emergency without a price refused wanted, found ${bare.status}: ${causeOf(bare)}`,
    ),
    ...unless(
      stingy.status === 'failed' && boundIn(causeOf(stingy)) !== null,
      `a refusal with the seconds that could be lost wanted, found ${stingy.status}: ${causeOf(stingy)}`,
    ),
    ...unless(
      done.status === 'succeeded',
      `the accepted price done wanted, found ${done.status}: ${causeOf(done)}`,
    ),
    ...unless(recorded === price, `the price ${price} s on record wanted, found ${recorded}`),
    ...unless(
      measured.lostAgeSeconds <= price,
      `at most the ${price} s accepted lost wanted, ${measured.lostAgeSeconds} s were`,
    ),
    ...unless(
      measured.twoWriterMs === 0,
      `two writers side by side for ${measured.twoWriterMs} ms, wanted 0: the old one was dead`,
    ),
    ...failoversWere(measured, 1),
    ...endedAs(measured, 'failover', 'completed'),
    ...serviceCameBack(measured),
  ],
});

export const RETRIED: readonly Scenario[] = [retried, race];
export const STANDBY_LOST_FIRST: readonly Scenario[] = [standbyThenPrimary];

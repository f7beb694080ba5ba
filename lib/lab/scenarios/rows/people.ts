import type { Seat } from '../../../domain/protocol/seat';
import type { Execution } from '../../../ports/workflows';
import { failoversIn, oneHolderAnEpoch } from '../claims';
import { warmUpMany } from '../lambda-limits';
import {
  describeOutcome,
  endedAs,
  failoversWere,
  nothingLost,
  serviceCameBack,
  unless,
} from '../expectations';
import { beginAtFence, causeOf, endOf, isDone, movedTo, standbyIs, startMove, startUntil } from '../moves';
import type { Scenario } from '../scenario';
import { scenario } from '../scenario';

/** Witnesses need 0.6 s for a loss, a person's claim some tenths: they come at about the same time. */
const START_AFTER_MS = 300;

interface Start {
  readonly name: string;
  readonly end: Execution;
}

/** The one execution that held the seat has won; every other start was refused, and named that one's epoch. */
const oneWon = (seats: readonly Seat[], starts: readonly Start[]): readonly string[] => {
  const claims = failoversIn(seats);
  const winners = [...new Set(claims.map(({ execution }) => execution))];
  const [winner = ''] = winners;
  const epochs = claims.map(({ epoch }) => epoch).join('|');
  const named = new RegExp(`epoch (?:${epochs})\\b`);
  const losers = starts.filter(({ name }) => name !== winner);
  return [
    ...unless(
      winners.length === 1,
      `one winner wanted, the seat was held by ${winners.join(', ') || 'none'}`,
    ),
    ...starts.flatMap(({ name, end }) =>
      unless(
        (end.status === 'succeeded') === (name === winner),
        `${name} ${end.status}, and ${winner} has won`,
      ),
    ),
    ...losers.flatMap(({ name, end }) =>
      unless(named.test(causeOf(end)), `${name} was not told that epoch ${epochs} has won: ${causeOf(end)}`),
    ),
    ...oneHolderAnEpoch(seats),
  ];
};

const race = scenario({
  name: 'humans-and-witnesses',
  fault: 'two humans and the witnesses start at the same time',
  must: 'one execution, the others told who won and why',
  deadlineMs: 90_000,
  steps: async (row) => {
    const request = (reason: string) => ({ to: row.away, mode: 'emergency' as const, reason });
    // A cold start would come when all is over, and be told that there is nothing to move.
    await warmUpMany(row.lab, 'claim-failover', 2);
    await row.fault(`${row.home} is killed`, () => row.lab.faults.kill(row.home));
    await row.lastUntil(START_AFTER_MS);
    const people = ['first person', 'second person'].map((who) => startMove(row, request(who)));
    const starts: Start[] = [];
    for (const name of await Promise.all(people)) starts.push({ name, end: await endOf(row, name) });
    await movedTo(row, row.away);
    await row.recovered();
    for (const { name, end } of starts) row.say(`${row.name}: ${name} ${end.status}: ${causeOf(end)}`);
    return { starts, seats: row.history.all().map(({ seat }) => seat) };
  },
  expectation: (measured, { starts, seats }) => [
    ...oneWon(seats, starts),
    ...failoversWere(measured, 1),
    ...endedAs(measured, 'failover', 'completed'),
    ...serviceCameBack(measured),
    ...nothingLost(measured),
  ],
});

const secondsLeftIn = (text: string): number | null => {
  const found = /cooldown has ([\d.]+) s left/.exec(text)?.[1];
  return found === undefined ? null : Number(found);
};

const cooldown = scenario({
  name: 'human-in-cooldown',
  fault: 'human start in cooldown, with and without override',
  must: 'refused with time left / done and recorded',
  deadlineMs: 180_000,
  steps: async (row) => {
    await Promise.all([
      startUntil(row, { to: row.away, mode: 'planned', reason: 'starts a cooldown' }, isDone),
      beginAtFence(row, 'a person moves the writer, which starts a cooldown'),
    ]);
    await row.recovered();
    await standbyIs(row, row.home);
    const home = { to: row.home, mode: 'planned', kind: 'rollback' } as const;
    const refused = await startUntil(
      row,
      { ...home, reason: 'within the cooldown' },
      (end) => isDone(end) || secondsLeftIn(causeOf(end)) !== null,
    );
    const { seat } = await row.nextSeat('the seat after the refusal', () => true);
    const reason = 'within the cooldown, by override';
    const done = await startUntil(row, { ...home, reason, overrideCooldown: true }, isDone);
    await standbyIs(row, row.away);
    await row.recovered();
    const last = row.history.outcomes().findLast(({ kind }) => kind === 'rollback');
    const record = last === undefined ? null : await row.connection.store.readDecision(last.epoch);
    return { refused, writerAfterRefusal: seat.writer, done, last, record, reason };
  },
  expectation: (measured, { refused, writerAfterRefusal, done, last, record, reason }) => [
    ...unless(
      refused.status === 'failed' && (secondsLeftIn(causeOf(refused)) ?? 0) > 0,
      `a refusal with the seconds left wanted, found ${refused.status}: ${causeOf(refused)}`,
    ),
    ...unless(
      writerAfterRefusal !== last?.to,
      `nothing moved by the refused start wanted, the writer was ${writerAfterRefusal}`,
    ),
    ...unless(
      done.status === 'succeeded',
      `the override done wanted, found ${done.status}: ${causeOf(done)}`,
    ),
    ...unless(
      last?.result === 'completed' && last.reason.includes(reason),
      `the reason on record wanted, the last way back was ${last === undefined ? 'none' : describeOutcome(last)}`,
    ),
    ...unless(
      record?.circumstances?.request?.overrideCooldown === true,
      `the override on record wanted, the record has ${JSON.stringify(record?.circumstances?.request ?? null)}`,
    ),
    ...failoversWere(measured, 1),
    ...serviceCameBack(measured),
    ...nothingLost(measured),
  ],
});

export const PEOPLE: readonly Scenario[] = [race, cooldown];

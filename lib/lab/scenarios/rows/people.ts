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

/** A loser is told that somebody else holds or has taken the seat, or has just finished. */
const TOLD = /(held by|no longer|already the writer|cooldown|epoch \d+)/;

const race = scenario({
  name: 'humans-and-witnesses',
  fault: 'two humans and the witnesses start at the same time',
  must: 'one execution, the others told who won and why',
  deadlineMs: 90_000,
  steps: async (row) => {
    const request = (reason: string) => ({ to: row.away, mode: 'emergency' as const, reason });
    const people = Promise.all(['first person', 'second person'].map((who) => startMove(row, request(who))));
    await row.fault(`${row.home} is killed`, () => row.lab.faults.kill(row.home));
    const ends = [];
    for (const name of await people) ends.push({ name, end: await endOf(row, name) });
    await movedTo(row, row.away);
    await row.recovered();
    return ends;
  },
  expectation: (measured, ends) => {
    const losers = ends.filter(({ end }) => end.status === 'failed');
    return [
      ...failoversWere(measured, 1),
      ...endedAs(measured, 'failover', 'completed'),
      ...unless(
        losers.length >= ends.length - 1,
        `at most one of the people wins wanted, ${ends.length - losers.length} of ${ends.length} did`,
      ),
      ...losers.flatMap(({ name, end }) =>
        unless(TOLD.test(causeOf(end)), `${name} was not told who won and why: ${causeOf(end)}`),
      ),
      ...serviceCameBack(measured),
      ...nothingLost(measured),
    ];
  },
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

import { existsSync } from 'node:fs';
import type { Output } from '../../../cli/output';
import { compareCopies } from '../../../cli/compare-copies';
import { findRepairs, reconcile } from '../../../cli/reconcile';
import type { Repaired } from '../../../cli/repair-text';
import type { RequestInput } from '../../../contract/payload';
import type { CopiesReport } from '../../../domain/consistency/report';
import { sentenceOn, verdictOnCopies } from '../../../domain/consistency/report';
import { placeOf } from '../../../domain/protocol/seat';
import type { SideStore, Store } from '../../../domain/topology';
import { STORE_LABEL } from '../../../domain/topology';
import type { Execution } from '../../../ports/workflows';
import { seatOf } from '../../drill/drill-context';
import { damageReplica } from '../damage-copy';
import { endedAs, failoversWere, nothingLost, serviceCameBack, unless } from '../expectations';
import { causeOf, isDone, startUntil } from '../moves';
import type { Row, Scenario } from '../scenario';
import { scenario } from '../scenario';

const OPERATION_TIMEOUT_MS = 120_000;

const outputOf = ({ say, name }: Row): Output => {
  const line = (text: string): void => say(`${name}: ${text}`);
  return { result: line, note: line };
};

const compare = async (row: Row, store: Store): Promise<CopiesReport> => {
  const [record] = await compareCopies(row.connection, outputOf(row), {
    stores: [store],
    timeoutMs: OPERATION_TIMEOUT_MS,
  });
  if (record === undefined) throw new Error(`${store} was compared without a result`);
  return record.report;
};

/**
 * A busy machine's witnesses have no fresh word now and then, and the comparison after a rejoin may end in between: a person would
 * ask again, too. Refused by the CLI or by the machine, it is called the same.
 */
const repair = async (row: Row, store: Store): Promise<readonly Repaired[]> => {
  const { connection } = row;
  const options = { stores: [store], reason: 'it differs', timeoutMs: OPERATION_TIMEOUT_MS };
  const output = outputOf(row);
  let repaired: readonly Repaired[] = [];
  await row.wait(`the copy of ${store} is made anew`, async () => {
    try {
      const found = await findRepairs(connection, output, options);
      ({ repaired } = await reconcile(connection, output, options, found));
      return true;
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'Refused') throw error;
      row.say(`${row.name}: refused, and asked for again: ${error.message}`);
      return false;
    }
  });
  return repaired;
};

const isRefusedForIt = (end: Execution): boolean =>
  end.status === 'failed' && causeOf(end).includes('does not hold what');

const isProven =
  ({ away }: Row, store: Store) =>
  (seat: Parameters<typeof placeOf>[0] & { readonly operation: unknown }): boolean =>
    seat.operation === null && placeOf(seat, store).eligible === away;

interface Damage {
  readonly store: SideStore;
  readonly name: string;
  readonly fault: string;
  /** Answers what of it a comparison has to name. */
  readonly inflict: (row: Row) => Promise<readonly string[]>;
}

const names = (report: CopiesReport, item: string): boolean =>
  report.differences.some((difference) => JSON.stringify(difference).includes(item));

const diverged = ({ store, name, fault, inflict }: Damage): Scenario =>
  scenario({
    name,
    store,
    fault,
    must: 'a comparison finds it; a planned move there is refused; evac verify --reconcile mends it and keeps the old copy; the move goes; 0 lost',
    deadlineMs: 240_000,
    steps: async (row) => {
      row.begin(fault);
      const items = await inflict(row);
      await row.nextSeat(`${row.away} is the proven standby of ${store}`, isProven(row, store));
      const found = await compare(row, store);
      const move: RequestInput = { to: row.away, mode: 'planned', reason: 'maintenance' };
      const refused = await startUntil(row, move, isRefusedForIt);
      const writerAfterRefusal = (await seatOf(row))?.writer;
      const repaired = await repair(row, store);
      const mended = await compare(row, store);
      await startUntil(row, { ...move, overrideCooldown: true }, isDone);
      await row.recovered();
      return { items, found, refused, writerAfterRefusal, repaired, mended, home: row.home };
    },
    expectation: (measured, facts) => {
      const { items, found, refused, writerAfterRefusal, repaired, mended, home } = facts;
      const kept = repaired.map((each) => each.kept ?? 'nowhere');
      return [
        ...unless(
          items.every((item) => names(found, item)),
          `${items.join(' and ')} named by the comparison wanted, it said: ${sentenceOn(found)}`,
        ),
        ...unless(
          isRefusedForIt(refused) && writerAfterRefusal === home,
          `the move to a copy that differs refused wanted, it ${refused.status}, the writer was in ${writerAfterRefusal}: ${causeOf(refused)}`,
        ),
        ...unless(
          kept.length === 1 && kept.every((folder) => existsSync(folder)),
          `one old copy of ${STORE_LABEL[store]} kept wanted, found: ${kept.join(', ') || 'none'}`,
        ),
        ...unless(
          verdictOnCopies(mended) === 'equal',
          `equal copies after the repair wanted: ${sentenceOn(mended)}`,
        ),
        ...failoversWere(measured, 1),
        ...endedAs(measured, 'rejoin', 'completed'),
        ...endedAs(measured, 'failover', 'completed'),
        ...serviceCameBack(measured),
        ...nothingLost(measured),
      ];
    },
  });

/** What no replication brings and no probe sees: a copy that is not what its writer is. */
export const DIVERGED: readonly Scenario[] = [
  diverged({
    store: 'redis',
    name: 'redis-replica-diverged',
    fault: 'two orders are changed on the Redis replica in az-b alone',
    inflict: damageReplica,
  }),
];

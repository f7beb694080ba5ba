import { zonesOfRole } from '../../../domain/topology';
import type { FaultInstants } from '../../faults';
import { regionPlace } from '../../layout';
import { nothingClaimed } from '../claims';
import { failoversWere, nothingLost, reasonGiven, serviceCameBack } from '../expectations';
import type { Row, Scenario } from '../scenario';
import { scenario } from '../scenario';
import { heldSince, reasonsOf, statusMisses } from '../witness-words';

type Lose = (row: Row) => FaultInstants | Promise<FaultInstants>;

/** Longer than six silent probes and their confirmation, which is what a quorum needs: 0.6 s. */
const PRIMARY_CUT_MS = 6_000;

const thirdZone = ({ lab }: Row): string => zonesOfRole(lab.options.topology, 'witness')[0] ?? '';

/** A zone whose line to the Region is cut serves on; only its witness can tell nobody what it sees. */
const silence = ({ lab }: Row, zones: readonly string[]): FaultInstants =>
  zones.map((zone) => lab.faults.cutPair(zone, regionPlace)).reduce((first) => first);

const acknowledgedAgain = async (row: Row): Promise<void> => {
  const { tail } = row.load;
  tail.read();
  const before = tail.acknowledged();
  await row.wait('orders are acknowledged again', () => {
    tail.read();
    return tail.acknowledged() > before + 20;
  });
};

/** Witnesses are lost: nothing happens. Then the primary is cut off, too, and nobody may decide that alone. */
const withoutQuorum = (
  words: Pick<Scenario, 'name' | 'fault'>,
  lost: { readonly lose: Lose; readonly missing: (row: Row) => readonly string[] },
): Scenario =>
  scenario({
    ...words,
    must: 'nothing, a clear status; automatic failover held when there is no quorum',
    deadlineMs: 120_000,
    steps: async (row) => {
      await row.fault(words.fault, () => lost.lose(row));
      await statusMisses(row, lost.missing(row));
      await row.recovered();
      const cut = await row.fault(`${row.home} is cut off, too`, () => row.lab.faults.cut(row.home));
      await row.lastUntil(row.sinceFaultMs() + PRIMARY_CUT_MS);
      // Until here: a primary that comes back without its standby goes on alone (I8), by whoever sees it then.
      const seats = row.history.all().map(({ seat }) => seat);
      await row.fault(`${row.home} is healed`, () => row.lab.faults.heal(row.home));
      await acknowledgedAgain(row);
      const held = (await heldSince(row)).filter(
        ({ decision, atMs }) => decision.kind === 'hold' && atMs >= cut.startedAtMs,
      );
      return { reasons: reasonsOf(held), claimed: nothingClaimed(seats, row.startEpoch) };
    },
    expectation: (measured, { reasons, claimed }) => [
      ...claimed,
      ...failoversWere(measured, 0),
      ...reasonGiven(reasons, 'no-quorum', 'automatic failover held without a quorum'),
      ...serviceCameBack(measured),
      ...nothingLost(measured),
    ],
  });

export const WITNESSES: readonly Scenario[] = [
  withoutQuorum(
    { name: 'third-zone-lost', fault: 'az-c lost' },
    { lose: (row) => row.lab.faults.kill(thirdZone(row)), missing: (row) => [thirdZone(row)] },
  ),
  withoutQuorum(
    { name: 'one-witness-lost', fault: 'one witness lost (az-b)' },
    { lose: (row) => silence(row, [row.away]), missing: (row) => [row.away] },
  ),
  withoutQuorum(
    { name: 'two-witnesses-lost', fault: 'two witnesses lost (az-b, az-c)' },
    {
      lose: (row) => silence(row, [row.away, thirdZone(row)]),
      missing: (row) => [row.away, thirdZone(row)],
    },
  ),
];

import type { FaultInstants } from '../../faults';
import {
  endedAs,
  failedOverOnce,
  failoversWere,
  goesOnWithin,
  nothingLost,
  serviceCameBack,
} from '../expectations';
import { movedTo, standbyIs } from '../moves';
import type { Row, Scenario } from '../scenario';
import { scenario } from '../scenario';

type Inject = (row: Row) => FaultInstants;

/** I8: commits wait for the standby until "not eligible" is in the seat; then the primary goes on alone. */
const GOES_ON_SECONDS = 2;
const PARTED_MS = 10_000;
const ONE_WAY_MS = 20_000;

const parted = (words: Pick<Scenario, 'name' | 'fault'>, inject: Inject): Scenario =>
  scenario({
    ...words,
    must: 'no failover; primary goes on within 2 s (I8), returns to synchronous by itself after the heal',
    deadlineMs: 90_000,
    steps: async (row) => {
      await row.fault(words.fault, () => inject(row));
      await standbyIs(row, null);
      await row.recovered();
      await row.lastUntil(PARTED_MS);
      await row.fault('healed', () => row.lab.faults.heal(row.home));
      await standbyIs(row, row.away);
    },
    expectation: (measured) => [
      ...failoversWere(measured, 0),
      ...goesOnWithin(measured, GOES_ON_SECONDS),
      ...endedAs(measured, 'degrade', 'completed'),
      ...endedAs(measured, 'rejoin', 'completed'),
      ...serviceCameBack(measured),
      ...nothingLost(measured),
    ],
  });

const halfCut = (words: Pick<Scenario, 'name' | 'fault'>, inject: Inject): Scenario =>
  scenario({
    ...words,
    must: 'both make az-a useless to clients: failover, 0 lost, never two writers',
    deadlineMs: 90_000,
    steps: async (row) => {
      await row.fault(words.fault, () => inject(row));
      await movedTo(row, row.away);
      await row.recovered();
      await row.lastUntil(ONE_WAY_MS);
    },
    expectation: failedOverOnce,
  });

export const PARTITIONS: readonly Scenario[] = [
  parted({ name: 'data-zones-parted', fault: 'az-a ⟂ az-b only (az-c sees both)' }, ({ lab, home, away }) =>
    lab.faults.cutPair(home, away),
  ),
  halfCut({ name: 'one-way-outgoing', fault: 'one-way cut of az-a, outgoing lost, 20 s' }, ({ lab, home }) =>
    lab.faults.cutOutgoing(home),
  ),
  halfCut({ name: 'one-way-incoming', fault: 'one-way cut of az-a, incoming lost, 20 s' }, ({ lab, home }) =>
    lab.faults.cutIncoming(home),
  ),
  parted(
    { name: 'one-way-to-standby', fault: 'one-way cut between az-a and az-b only, az-a → az-b lost' },
    ({ lab, home, away }) => lab.faults.cutOneWay(home, away),
  ),
  parted(
    { name: 'one-way-from-standby', fault: 'one-way cut between az-a and az-b only, az-b → az-a lost' },
    ({ lab, home, away }) => lab.faults.cutOneWay(away, home),
  ),
];

import type { FaultInstants } from '../../faults';
import {
  endedAs,
  failedOverOnce,
  failoversWere,
  goesOnWithin,
  nothingLost,
  serviceCameBack,
  unless,
} from '../expectations';
import { instantNow } from '../../load/instant';
import { acksAmong } from '../../zone-writer/ack-record';
import { movedTo, standbyIs } from '../moves';
import { describeReplication, isSynchronousWith, replicationIn } from '../postgres-words';
import type { Row, Scenario } from '../scenario';
import { scenario } from '../scenario';
import { longestGapMs } from '../zone-writes';

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
      const { startedAtMonotonicMs: fromMs } = await row.fault(words.fault, () => inject(row));
      await standbyIs(row, null);
      await row.recovered();
      await row.lastUntil(PARTED_MS);
      const apart = await replicationIn(row, row.home);
      await row.fault('healed', () => row.lab.faults.heal(row.home));
      await standbyIs(row, row.away);
      const after = await replicationIn(row, row.home);
      const stretch = { fromMs, toMs: instantNow().monoMs };
      const gapMs = longestGapMs(acksAmong(row.writers.answers()), row.home, stretch);
      row.say(
        `${row.name}: the primary was silent for ${Math.round(gapMs)} ms; ${describeReplication(after)}`,
      );
      return { away: row.away, apart, after, gapMs };
    },
    expectation: (measured, { away, apart, after, gapMs }) => [
      ...failoversWere(measured, 0),
      ...goesOnWithin(measured, GOES_ON_SECONDS),
      ...unless(
        gapMs <= GOES_ON_SECONDS * 1_000,
        `the primary goes on within ${GOES_ON_SECONDS} s wanted, the writers in the zones heard nothing for ${Math.round(gapMs)} ms`,
      ),
      ...unless(apart.names === '', `the primary alone while parted wanted, ${describeReplication(apart)}`),
      ...unless(
        isSynchronousWith(after, away),
        `synchronous with ${away} again wanted, ${describeReplication(after)}`,
      ),
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

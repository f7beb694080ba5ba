import type { Observation } from '../observation';
import type { Seat } from '../protocol/seat';
import { placeOf } from '../protocol/seat';
import { evidenceOf } from '../quorum/evidence';
import type { ZoneId } from '../topology';
import type { Store } from '../topology';
import { dataZones, isStore, storesOf } from '../topology';
import type { Reason } from './decision';
import { ofStores } from './of-stores';
import type { Snapshot } from './snapshot';

export const SEAT_BEHIND_ENGINES = 'seat-behind-engines';

const unknownPlace = ({ seat, topology }: Snapshot, store: Store): string | null => {
  const zones = dataZones(topology);
  const known = zones.join(', ');
  const { writer, eligible } = placeOf(seat, store);
  const of = ofStores([store]);
  if (!zones.includes(writer)) return `the seat's writer${of} "${writer}" is none of the data zones ${known}`;
  if (eligible !== null && !zones.includes(eligible))
    return `the seat's eligible standby${of} "${eligible}" is none of the data zones ${known}`;
  return eligible === writer ? `the seat names ${writer} as writer${of} and as its own standby` : null;
};

const unknownSeat = (snapshot: Snapshot): string | null => {
  const zones = dataZones(snapshot.topology);
  const unknown = storesOf(snapshot.topology)
    .map((store) => unknownPlace(snapshot, store))
    .find((sentence) => sentence !== null);
  if (unknown !== undefined) return unknown;
  return zones.length < 2 ? `only ${zones.join(', ')} holds data, so there is nowhere to go` : null;
};

interface InForce {
  readonly store: Store;
  readonly zone: ZoneId;
  readonly epoch: number;
}

/** The epochs in the stores' fence rows, as these rounds have read them. */
const epochsInForce = (observations: readonly Observation[]): readonly InForce[] =>
  observations
    .flatMap(({ targets }) => targets)
    .flatMap(({ kind, zone, latest: { replication } }) =>
      isStore(kind) && typeof replication?.fenceEpoch === 'number'
        ? [{ store: kind, zone, epoch: replication.fenceEpoch }]
        : [],
    );

/** The newest epoch that a store has in force and the seat does not know; undefined when there is none. */
export const epochAhead = (
  { epoch: seatEpoch }: Pick<Seat, 'epoch'>,
  observations: readonly Observation[],
): InForce | undefined =>
  epochsInForce(observations)
    .filter(({ epoch }) => epoch > seatEpoch)
    .sort((one, other) => other.epoch - one.epoch)[0];

/** I4: every epoch begins in the seat, so an engine that knows a newer one tells that the table was restored. */
const behindEngines = (snapshot: Snapshot): Reason | null => {
  const { epoch: seatEpoch } = snapshot.seat;
  const newest = epochAhead(snapshot.seat, evidenceOf(snapshot).fresh);
  if (newest === undefined) return null;
  const { store, zone, epoch: enginesEpoch } = newest;
  const sentence =
    `the seat is at epoch ${seatEpoch} and ${store} in ${zone} at ${enginesEpoch}: the state table was restored from ` +
    'a backup, so its writer and its standby may be out of date; mend it as in docs/runbooks.md (reconcile-seat)';
  return { code: SEAT_BEHIND_ENGINES, sentence, numbers: { seatEpoch, enginesEpoch, zone } };
};

/** What is wrong with the seat itself, or null: with such a seat nothing is started. */
export const seatFault = (snapshot: Snapshot): Reason | null => {
  const sentence = unknownSeat(snapshot);
  return sentence === null
    ? behindEngines(snapshot)
    : { code: 'unknown-seat', sentence, numbers: { writer: snapshot.seat.writer } };
};

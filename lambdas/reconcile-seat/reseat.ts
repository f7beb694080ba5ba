import { InvalidRequest, Refused } from '../../lib/domain/errors';
import { EngineRole } from '../../lib/domain/observation';
import type { Seat } from '../../lib/domain/protocol/seat';
import { epochPast } from '../../lib/domain/protocol/transitions';
import type { ZoneId } from '../../lib/domain/topology';
import { dataZones } from '../../lib/domain/topology';
import type { Ports } from '../shared/ports';
import { readSeat } from '../shared/seat-access';
import { UNDO_DEADLINE_MS } from '../shared/settled';
import { allTo } from '../shift-traffic/shift-traffic';

export type Reseated =
  | { readonly action: 'none'; readonly why: string }
  | { readonly action: 'reseated'; readonly epoch: number; readonly writer: ZoneId; readonly why: string };

/** A store that answered. */
interface Store {
  readonly zone: ZoneId;
  readonly epoch: number;
  readonly timeline: number;
  readonly isPrimary: boolean;
}

const wayOut =
  'nothing was changed; bring that zone back, or, when it is down for good and the other one is a primary, start ' +
  'reconcile-seat with {"behind": <epoch>, "writer": "<the zone of that primary>"}';

const lookAt = async (ports: Ports, zone: ZoneId): Promise<Store | null> => {
  const { replication } = await ports.postgres.probe(zone, ports.topology.policy.probeTimeoutMs * 4);
  if (typeof replication?.fenceEpoch !== 'number') return null;
  const { fenceEpoch: epoch, role, timeline } = replication;
  return { zone, epoch, timeline: timeline ?? 0, isPrimary: role === EngineRole.primary };
};

/** A zone that does not answer may know a newer epoch than all others: only a person can say that it does not matter. */
const storesThatAnswer = async (ports: Ports, word: ZoneId | undefined): Promise<readonly Store[]> => {
  const zones = dataZones(ports.topology);
  const found = await Promise.all(zones.map((zone) => lookAt(ports, zone)));
  const silent = zones.filter((_zone, index) => found[index] === null);
  if (silent.length > 0 && word === undefined)
    throw new Refused(
      'unknown-epoch',
      `the seat is behind the engines, and postgres in ${silent.join(' and ')} does not tell the epoch in force there; ${wayOut}`,
    );
  return found.flatMap((store) => store ?? []);
};

interface LetWrite {
  readonly writer: ZoneId;
  readonly epoch: number;
  readonly stores: readonly Store[];
}

const newerFirst = (one: Store, other: Store): number =>
  other.epoch - one.epoch || other.timeline - one.timeline;

/** Each promotion raises the epoch where it happens, and the timeline: the newest primary is the writer. */
const writerAmong = (stores: readonly Store[], word: ZoneId | undefined): ZoneId => {
  const primaries = stores.filter(({ isPrimary }) => isPrimary).sort(newerFirst);
  const [newest] = primaries;
  const newests = primaries.filter((store) => newest !== undefined && newerFirst(newest, store) === 0);
  const [writer, another] = newests.filter(({ zone }) => word === undefined || word === zone);
  if (writer !== undefined && another === undefined) return writer.zone;
  const found = stores.map(
    ({ zone, epoch, isPrimary }) => `${zone} is a ${isPrimary ? 'primary' : 'standby'} at epoch ${epoch}`,
  );
  throw new Refused(
    'no-single-writer',
    `the seat is behind the engines, and the writer${word === undefined ? '' : ` ${word}`} is not to be told from them: ` +
      `${found.join(', ') || 'no zone answers'}; nothing was changed`,
  );
};

/**
 * The writer goes on alone at this epoch, and the traffic goes to it: a move that the restore cut short may be anywhere. Its
 * late promotion is refused once the standby has replayed the epoch (§3b.1), so that comes before anybody is let go.
 */
const letWrite = async (ports: Ports, { writer, epoch, stores }: LetWrite): Promise<void> => {
  const effect = { epoch, deadlineMs: UNDO_DEADLINE_MS };
  const standby = stores.find(({ zone, isPrimary }) => zone !== writer && !isPrimary);
  if (standby === undefined) await ports.postgres.admitWrites(writer, effect);
  else await ports.postgres.undoFence(writer, { standby: standby.zone }, effect);
  await ports.postgres.degrade(writer, effect);
  await ports.traffic.shift(allTo(dataZones(ports.topology), writer), UNDO_DEADLINE_MS);
};

const requireDataZone = (ports: Ports, word: ZoneId | undefined): void => {
  const zones = dataZones(ports.topology);
  if (word !== undefined && !zones.includes(word))
    throw new InvalidRequest(
      `"writer" is "${word}": there is no data in it; the data zones are ${zones.join(', ')}`,
    );
};

/**
 * I4: the table was restored, and the engines know a newer epoch than the seat. The seat follows the engines, far past
 * both, with nobody eligible until the standby has proved itself. Started by a person, who has restored the table; the
 * engines are read before the seat, since every epoch begins in the seat. The seat is written last: until then it is
 * behind the engines, so nobody acts on it, and whoever starts this again does all of it again.
 * `word`: the writer as a person knows it, when a zone is down for good.
 */
export const reseat = async (ports: Ports, word?: ZoneId): Promise<Reseated> => {
  requireDataZone(ports, word);
  const stores = await storesThatAnswer(ports, word);
  const seen: Seat = await readSeat(ports);
  const enginesEpoch = Math.max(0, ...stores.map(({ epoch }) => epoch));
  if (stores.length > 0 && enginesEpoch <= seen.epoch)
    return { action: 'none', why: `the seat is at epoch ${seen.epoch}, the engines at ${enginesEpoch}` };
  const writer = writerAmong(stores, word);
  await letWrite(ports, { writer, epoch: epochPast(seen.epoch, enginesEpoch), stores });
  const { epoch } = await ports.store.apply({ type: 'reseat', seen, enginesEpoch, writer });
  const why = `the seat was at epoch ${seen.epoch} with writer ${seen.writer}, the engines at ${enginesEpoch}`;
  ports.log.warn('reseated', { epoch, writer, why });
  return { action: 'reseated', epoch, writer, why };
};

import { InvalidRequest, Refused } from '../../lib/domain/errors';
import { EngineRole } from '../../lib/domain/observation';
import type { ByStore, Seat } from '../../lib/domain/protocol/seat';
import { eachStore } from '../../lib/domain/protocol/seat';
import { epochPast } from '../../lib/domain/protocol/transitions';
import type { ZoneId } from '../../lib/domain/topology';
import { dataZones, electsItself, Store, storesOf } from '../../lib/domain/topology';
import { allTo } from '../../lib/domain/traffic/weights';
import type { Ports } from '../shared/ports';
import { readSeat } from '../shared/seat-access';
import { UNDO_DEADLINE_MS } from '../shared/settled';
import { engineOf, ofEach } from '../shared/store-group';

export type Reseated =
  | { readonly action: 'none'; readonly why: string }
  | { readonly action: 'reseated'; readonly epoch: number; readonly writer: ZoneId; readonly why: string };

/** A server that answered. */
interface Server {
  readonly zone: ZoneId;
  readonly epoch: number;
  readonly timeline: number;
  readonly isPrimary: boolean;
}

const wayOut =
  'nothing was changed; bring that zone back, or, when it is down for good and the other one is a primary, start ' +
  'reconcile-seat with {"behind": <epoch>, "writer": "<the zone of that primary>"}';

const lookAt = async (ports: Ports, store: Store, zone: ZoneId): Promise<Server | null> => {
  const timeoutMs = ports.topology.policy.probeTimeoutMs * 4;
  const { replication } = await engineOf(ports, store).probe(zone, timeoutMs);
  if (typeof replication?.fenceEpoch !== 'number') return null;
  const { fenceEpoch: epoch, role, timeline } = replication;
  return { zone, epoch, timeline: timeline ?? 0, isPrimary: role === EngineRole.primary };
};

/**
 * A zone that does not answer may know a newer epoch than all others: only a person can say that it does not matter. Of a quorum
 * one that answers is enough: it knows what all have agreed on.
 */
const serversThatAnswer = async (
  ports: Ports,
  store: Store,
  word: ZoneId | undefined,
): Promise<readonly Server[]> => {
  const zones = dataZones(ports.topology);
  const found = await Promise.all(zones.map((zone) => lookAt(ports, store, zone)));
  const silent = zones.filter((_zone, index) => found[index] === null);
  const mayBeSilent = electsItself(store) ? zones.length - 1 : 0;
  if (silent.length > mayBeSilent && word === undefined)
    throw new Refused(
      'unknown-epoch',
      `the seat is behind the engines, and ${store} in ${silent.join(' and ')} does not tell the epoch in force there; ${wayOut}`,
    );
  return found.flatMap((server) => server ?? []);
};

const newerFirst = (one: Server, other: Server): number =>
  other.epoch - one.epoch || other.timeline - one.timeline;

/** Each promotion raises the epoch where it happens, and the timeline: the newest primary is the writer. */
const writerAmong = (store: Store, servers: readonly Server[], word: ZoneId | undefined): ZoneId => {
  const primaries = servers.filter(({ isPrimary }) => isPrimary).sort(newerFirst);
  const [newest] = primaries;
  const newests = primaries.filter((server) => newest !== undefined && newerFirst(newest, server) === 0);
  const [writer, another] = newests.filter(({ zone }) => word === undefined || word === zone);
  if (writer !== undefined && another === undefined) return writer.zone;
  const found = servers.map(
    ({ zone, epoch, isPrimary }) => `${zone} is a ${isPrimary ? 'primary' : 'standby'} at epoch ${epoch}`,
  );
  const of = store === Store.postgres ? '' : ` of ${store}`;
  throw new Refused(
    'no-single-writer',
    `the seat is behind the engines, and the writer${of}${word === undefined ? '' : ` ${word}`} is not to be told from them: ` +
      `${found.join(', ') || 'no zone answers'}; nothing was changed`,
  );
};

interface LetWrite {
  readonly store: Store;
  readonly writer: ZoneId;
  readonly epoch: number;
  readonly servers: readonly Server[];
}

/**
 * The writer goes on alone at this epoch: a move that the restore cut short may be anywhere. Its late promotion is refused
 * once the standby has replayed the epoch (§3b.1), so that comes before anybody is let go.
 */
const letWrite = async (ports: Ports, { store, writer, epoch, servers }: LetWrite): Promise<void> => {
  const engine = engineOf(ports, store);
  const effect = { epoch, deadlineMs: UNDO_DEADLINE_MS };
  const standby = servers.find(({ zone, isPrimary }) => zone !== writer && !isPrimary);
  if (standby === undefined) await engine.admitWrites(writer, effect);
  else await engine.undoFence(writer, { standby: standby.zone }, effect);
  await engine.degrade(writer, effect);
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
  const stores = storesOf(ports.topology).filter((store) => !electsItself(store));
  const electing = storesOf(ports.topology).filter(electsItself);
  const found = await Promise.all(stores.map((store) => serversThatAnswer(ports, store, word)));
  const brokers = await Promise.all(electing.map((store) => serversThatAnswer(ports, store, word)));
  const servers: ByStore<readonly Server[]> = eachStore(
    stores,
    (store) => found[stores.indexOf(store)] ?? [],
  );
  const seen: Seat = await readSeat(ports);
  const everyServer = [...found, ...brokers].flat();
  const enginesEpoch = Math.max(0, ...everyServer.map(({ epoch }) => epoch));
  if (everyServer.length > 0 && enginesEpoch <= seen.epoch)
    return { action: 'none', why: `the seat is at epoch ${seen.epoch}, the engines at ${enginesEpoch}` };
  const writers = eachStore(stores, (store) => writerAmong(store, servers[store] ?? [], word));
  const at = epochPast(seen.epoch, enginesEpoch);
  for (const store of stores)
    await letWrite(ports, {
      store,
      writer: writers[store] ?? '',
      epoch: at,
      servers: servers[store] ?? [],
    });
  const writer = writers.postgres ?? '';
  const leads = eachStore(
    electing,
    (store) => brokers[electing.indexOf(store)]?.find(({ isPrimary }) => isPrimary)?.zone ?? writer,
  );
  // Where it leads is where it stays; the epoch there refuses whatever comes late.
  await ofEach(ports, electing, (engine, store) =>
    engine.undoFence(leads[store] ?? writer, { standby: null }, { epoch: at, deadlineMs: UNDO_DEADLINE_MS }),
  );
  await ports.traffic.shift(allTo(dataZones(ports.topology), writer), UNDO_DEADLINE_MS);
  const { epoch } = await ports.store.apply({
    type: 'reseat',
    seen,
    enginesEpoch,
    writers: { ...writers, ...leads },
  });
  const why = `the seat was at epoch ${seen.epoch} with writer ${seen.writer}, the engines at ${enginesEpoch}`;
  ports.log.warn('reseated', { epoch, writers: { ...writers, ...leads }, why });
  return { action: 'reseated', epoch, writer, why };
};

import { DeadlineExceeded, Refused, StaleEpoch, Unreachable } from '../../domain/errors';
import type { ZoneId } from '../../domain/topology';

/** One store as it is: what survives a crash and what does not, and who it follows. */
export interface MemoryServer {
  readonly zone: ZoneId;
  power: 'running' | 'stopped';
  isFrozen: boolean;
  inRecovery: boolean;
  /** A standby that takes nothing in. */
  isHeld: boolean;
  timeline: number;
  isReadOnly: boolean;
  /** The standby name that must have flushed a write before it is acknowledged; '' for none. */
  syncName: string;
  /** Accepted writes in order; the position is how many there are. */
  ids: readonly string[];
  fence: { readonly epoch: number; readonly zone: ZoneId };
  beacons: Readonly<Record<ZoneId, number>>;
  upstream: ZoneId | null;
  standbyName: string;
  /** What the machine beside the store knows and whether it answers. */
  host: {
    isSilent: boolean;
    epoch: number;
    /** At which it was last made anew, and what it had before where that was kept. */
    freshEpoch: number;
    kept: readonly string[] | null;
  };
}

/** What a client saw of its write: `unknown` is a wait that it gave up. */
export type WriteOutcome = 'acknowledged' | 'refused' | 'unknown';

export interface MemoryServers {
  readonly zones: readonly ZoneId[];
  /** The store, whatever its condition. */
  at(zone: ZoneId): MemoryServer;
  /** The store as somebody outside reaches it. @throws Unreachable when stopped, DeadlineExceeded when frozen. */
  reach(zone: ZoneId): MemoryServer;
  /** Lets every reachable standby take over what its upstream has. */
  replicate(): void;
  isStreaming(standby: MemoryServer): boolean;
  write(zone: ZoneId, id: string): WriteOutcome;
  freeze(zone: ZoneId): void;
  thaw(zone: ZoneId): void;
  kill(zone: ZoneId): void;
  silenceHost(zone: ZoneId): void;
}

const newServer = (zone: ZoneId, writer: ZoneId, standbyName: string): MemoryServer => ({
  zone,
  power: 'running',
  isFrozen: false,
  inRecovery: zone !== writer,
  isHeld: false,
  timeline: 1,
  isReadOnly: zone !== writer,
  syncName: zone === writer ? standbyName : '',
  ids: [],
  fence: { epoch: 1, zone: writer },
  beacons: {},
  upstream: zone === writer ? null : writer,
  standbyName: zone === writer ? '' : standbyName,
  host: { isSilent: false, epoch: 1, freshEpoch: 0, kept: null },
});

/** A history continues another when it begins with all of it. */
const continues = (longer: readonly string[], shorter: readonly string[]): boolean =>
  shorter.every((id, position) => longer[position] === id);

/** The stores of two zones at epoch 1: the first one writes, the second is its synchronous standby. */
export function createMemoryServers(writer: ZoneId, standby: ZoneId): MemoryServers {
  const name = `${standby}-e1`;
  const servers = [newServer(writer, writer, name), newServer(standby, writer, name)];
  const at = (zone: ZoneId): MemoryServer => {
    const found = servers.find((server) => server.zone === zone);
    if (found === undefined) throw new Unreachable(`no store in ${zone}`);
    return found;
  };
  const answers = (server: MemoryServer): boolean => server.power === 'running' && !server.isFrozen;
  const isStreaming = (server: MemoryServer): boolean => {
    if (server.upstream === null || !server.inRecovery || server.isHeld || !answers(server)) return false;
    const upstream = at(server.upstream);
    return answers(upstream) && !upstream.inRecovery && continues(upstream.ids, server.ids);
  };
  const replicate = (): void => {
    for (const server of servers.filter(isStreaming)) {
      const { ids, fence, beacons, timeline } = at(server.upstream ?? server.zone);
      Object.assign(server, { ids, fence, beacons, timeline });
    }
  };
  const reach = (zone: ZoneId): MemoryServer => {
    const server = at(zone);
    if (server.power === 'stopped') throw new Unreachable(`the store in ${zone} is stopped: refused`);
    if (server.isFrozen) throw new DeadlineExceeded(`the store in ${zone} does not answer: timeout`);
    return server;
  };
  return {
    zones: servers.map(({ zone }) => zone),
    at,
    reach,
    replicate,
    isStreaming,
    write: (zone, id) => {
      const server = at(zone);
      if (server.power === 'stopped' || server.inRecovery || server.isReadOnly) return 'refused';
      if (server.isFrozen) return 'unknown';
      server.ids = [...server.ids, id];
      replicate();
      const isHeld = server.syncName !== '';
      const isCovered = servers.some(
        (other) => other.standbyName === server.syncName && other.upstream === zone && isStreaming(other),
      );
      return isHeld && !isCovered ? 'unknown' : 'acknowledged';
    },
    freeze: (zone) => void (at(zone).isFrozen = true),
    thaw: (zone) => {
      at(zone).isFrozen = false;
      replicate();
    },
    kill: (zone) => void Object.assign(at(zone), { power: 'stopped', isFrozen: false }),
    silenceHost: (zone) => void (at(zone).host.isSilent = true),
  };
}

/** The epoch check of every mutating act; on a writer the fence row is raised with it. */
export function admitEpoch(server: MemoryServer, epoch: number): void {
  if (epoch < server.fence.epoch)
    throw new StaleEpoch(
      `epoch ${epoch} refused in ${server.zone}: epoch ${server.fence.epoch} is in force there`,
    );
  if (!server.inRecovery) server.fence = { epoch, zone: server.zone };
}

export function requireWriter(server: MemoryServer): void {
  if (server.inRecovery) throw new Refused('not-writer', `the store in ${server.zone} is a standby`);
}

import type { Network } from '../network';
import type { DataZone, Places } from '../places';
import { DATA_ZONES } from '../places';
import type { Random } from '../random';
import type { Timeline } from '../timeline';
import type { Bug } from '../bugs';
import type { CommitEnd, Entry, Link, Server, SyncSetting } from './server';
import { createServer, endWaiting, isPrefix, isSatisfied, NOBODY, releaseWaiting, replay } from './server';

/** What somebody who checks the truth is told of. */
export interface ClusterWatch {
  acknowledged(server: Server, entry: Entry, end: CommitEnd): void;
}

/** Two PostgreSQL servers with a stream between them, in virtual time. */
export interface Cluster {
  at(zone: DataZone): Server;
  /** Whether it can answer at all: running in a zone that is up; a frozen one answers late. */
  isListening(zone: DataZone): boolean;
  append(server: Server, entry: Entry): void;
  /** A commit that waits for the standby as a client's does. */
  commit(server: Server, entry: Entry, done: (end: CommitEnd) => void): void;
  /** An acknowledgement without a commit: a bug's. */
  acknowledge(server: Server, entry: Entry): void;
  setSync(server: Server, sync: SyncSetting): void;
  setReadOnly(server: Server, isReadOnly: boolean): void;
  promote(server: Server): void;
  stop(server: Server): void;
  start(server: Server): void;
  disconnect(server: Server): void;
}

const TICK_MS = 250;
/** wal_receiver_timeout and wal_sender_timeout of the lab. */
const STREAM_TIMEOUT_MS = 2_000;
const RELOAD_MS = { low: 1, high: 25 } as const;
/** 18 commits went unsynced in 0.4 s until the checkpointer had the setting (§3b.3, measured). */
const CHECKPOINTER_MS = 400;
const PROMOTE_MS = { low: 60, high: 900 } as const;

export interface ClusterOptions {
  readonly timeline: Timeline;
  readonly network: Network;
  readonly places: Places;
  readonly random: Random;
  readonly watch: ClusterWatch;
  readonly bug: Bug | null;
  readonly writer: DataZone;
  readonly standbyName: string;
}

export const createCluster = (options: ClusterOptions): Cluster => {
  const { timeline, network, places, random, watch, bug } = options;
  const servers = DATA_ZONES.map((zone) => createServer(zone, options.writer, options.standbyName));
  const at = (zone: DataZone): Server => servers.find((server) => server.zone === zone) as Server;
  const isListening = (zone: DataZone): boolean => places.isUp(zone) && at(zone).isRunning;
  const isAwake = (server: Server): boolean => isListening(server.zone) && !places.isFrozen(server.zone);

  const dropLink = (standby: Server): void => {
    const { link } = standby;
    if (link === null) return;
    link.isAlive = false;
    standby.link = null;
    const upstream = at(link.upstream);
    if (followersOf(upstream).every(({ name }) => name !== link.name)) upstream.flushedBy.delete(link.name);
  };
  const followersOf = (upstream: Server): readonly Link[] =>
    servers.flatMap(({ link }) => (link !== null && link.upstream === upstream.zone ? [link] : []));

  const acknowledgeFlush = (standby: Server, link: Link): void => {
    const flushed = standby.wal.length;
    const upstream = at(link.upstream);
    network.send({
      from: standby.zone,
      to: upstream.zone,
      isWanted: () => link.isAlive,
      deliver: () =>
        places.deliver(upstream.zone, () => {
          if (!link.isAlive || !upstream.isRunning) return;
          upstream.flushedBy.set(link.name, Math.max(flushed, upstream.flushedBy.get(link.name) ?? 0));
          releaseWaiting(upstream);
        }),
    });
  };
  const receive = (standby: Server, link: Link, entries: readonly Entry[]): void => {
    if (!link.isAlive || standby.link !== link || !standby.isRunning || !standby.inRecovery) return;
    for (const entry of entries) replay(standby, entry);
    link.isSending = false;
    link.heardAtMs = timeline.nowMs();
    acknowledgeFlush(standby, link);
    pump(at(link.upstream));
  };
  const pump = (upstream: Server): void => {
    for (const standby of servers) {
      const { link } = standby;
      if (link === null || link.upstream !== upstream.zone || link.isSending) continue;
      const entries = upstream.wal.slice(link.sentTo);
      if (entries.length === 0) continue;
      Object.assign(link, { isSending: true, sentTo: upstream.wal.length });
      network.send({
        from: upstream.zone,
        to: standby.zone,
        isWanted: () => link.isAlive,
        deliver: () => places.deliver(standby.zone, () => receive(standby, link, entries)),
      });
    }
  };

  const fits = (standby: Server, upstream: Server): boolean =>
    isPrefix(standby, upstream) || bug === 'rejoin-without-rewind';
  const connect = (standby: Server): void => {
    if (standby.upstream === null || standby.upstream === standby.zone) return;
    const upstream = at(standby.upstream);
    if (!isAwake(upstream) || upstream.inRecovery || upstream.isPromoting) return;
    if (!network.isOpenBothWays(standby.zone, upstream.zone) || !fits(standby, upstream)) return;
    const sentTo = Math.min(standby.wal.length, upstream.wal.length);
    standby.link = {
      upstream: upstream.zone,
      name: standby.standbyName,
      isAlive: true,
      isSending: false,
      sentTo,
      heardAtMs: timeline.nowMs(),
    };
    upstream.flushedBy.set(standby.standbyName, sentTo);
    standby.timeline = upstream.timeline;
    releaseWaiting(upstream);
    pump(upstream);
  };
  const keepAlive = (standby: Server, link: Link): void => {
    const upstream = at(link.upstream);
    const canTalk = network.isOpenBothWays(standby.zone, upstream.zone);
    const isWell = canTalk && isAwake(upstream) && isAwake(standby) && !upstream.inRecovery;
    if (isWell) link.heardAtMs = timeline.nowMs();
    const isGone = canTalk && (!upstream.isRunning || !standby.isRunning || upstream.inRecovery);
    if (isGone || timeline.nowMs() - link.heardAtMs > STREAM_TIMEOUT_MS) dropLink(standby);
  };
  const degradeAlone = (server: Server): void => {
    if (server.inRecovery || server.sync.name === '' || server.flushedBy.has(server.sync.name)) return;
    Object.assign(server, { sync: NOBODY, enforced: NOBODY });
    releaseWaiting(server);
  };
  const tick = (): void => {
    for (const server of servers) {
      if (server.link !== null) keepAlive(server, server.link);
      else if (server.inRecovery && !server.isPromoting && isAwake(server)) connect(server);
    }
    if (bug === 'degrade-without-commit') servers.filter(isAwake).forEach(degradeAlone);
    timeline.after(TICK_MS, tick);
  };
  timeline.after(0, tick);

  const append = (server: Server, entry: Entry): void => {
    replay(server, entry);
    pump(server);
  };
  const finish = (server: Server, entry: Entry, done: (end: CommitEnd) => void) => (end: CommitEnd) => {
    if (end !== 'ended') watch.acknowledged(server, entry, end);
    done(end);
  };
  const later = (server: Server, ms: number, change: () => void): void => {
    const { run } = server;
    timeline.after(ms, () =>
      places.deliver(server.zone, () => {
        if (server.isRunning && server.run === run) change();
      }),
    );
  };
  const enforceLater = (server: Server, sync: SyncSetting): void => {
    const isStricter = sync.name !== '';
    later(server, random.between(RELOAD_MS.low, isStricter ? CHECKPOINTER_MS : RELOAD_MS.high), () => {
      if (server.sync !== sync) return;
      server.enforced = sync;
      releaseWaiting(server);
    });
  };
  const becomePrimary = (server: Server): void => {
    if (!server.inRecovery) return;
    dropLink(server);
    Object.assign(server, { inRecovery: false, isPromoting: false, upstream: null });
    server.timeline += 1;
  };

  const stop = (server: Server): void => {
    if (!server.isRunning) return;
    server.isRunning = false;
    server.isPromoting = false;
    server.run += 1;
    server.lock = null;
    endWaiting(server);
    server.flushedBy.clear();
  };
  return {
    at,
    isListening,
    append,
    commit: (server, entry, done) => {
      append(server, entry);
      const end = finish(server, entry, done);
      const position = server.wal.length;
      if (server.enforced.name === '') end('alone');
      else if (isSatisfied(server, position)) end('replicated');
      else server.waiting.push({ entry, position, done: end });
    },
    acknowledge: (server, entry) => watch.acknowledged(server, entry, 'alone'),
    setSync: (server, sync) => {
      server.sync = sync;
      enforceLater(server, sync);
    },
    setReadOnly: (server, isReadOnly) => {
      server.wantsReadOnly = isReadOnly;
      later(server, random.between(RELOAD_MS.low, RELOAD_MS.high), () => {
        server.isReadOnly = server.wantsReadOnly;
      });
    },
    promote: (server) => {
      if (!server.inRecovery || server.isPromoting) return;
      server.isPromoting = true;
      later(server, random.between(PROMOTE_MS.low, PROMOTE_MS.high), () => becomePrimary(server));
    },
    stop,
    start: (server) => {
      if (server.isRunning) return;
      server.isRunning = true;
      server.enforced = server.sync;
      server.isReadOnly = server.wantsReadOnly;
    },
    disconnect: dropLink,
  };
};

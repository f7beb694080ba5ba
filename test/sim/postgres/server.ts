import type { DataZone } from '../places';

/** One record of a write-ahead log. The same object stands in every history that has it. */
export type Entry =
  | { readonly kind: 'row'; readonly id: string }
  | { readonly kind: 'fence'; readonly epoch: number; readonly zone: DataZone }
  | { readonly kind: 'beacon'; readonly atMs: number };

/** What a commit waits for: the standby of this name, and with a gate for one that never comes, too. '' = nobody. */
export interface SyncSetting {
  readonly name: string;
  readonly isGated: boolean;
}

/** `alone`: acknowledged without any standby. `ended`: its session was terminated while it waited; the row stays. */
export type CommitEnd = 'replicated' | 'alone' | 'ended';

export interface Waiting {
  readonly entry: Entry;
  readonly position: number;
  readonly done: (end: CommitEnd) => void;
}

/** A session that holds the lock under which effects act (§3b.1). */
export interface Lock {
  readonly session: number;
  readonly epoch: number;
  readonly untilMs: number;
}

/** A standby's stream from its upstream. */
export interface Link {
  readonly upstream: DataZone;
  readonly name: string;
  isAlive: boolean;
  isSending: boolean;
  sentTo: number;
  heardAtMs: number;
}

/** One PostgreSQL server: what is on its disk and what is only in its memory. */
export interface Server {
  readonly zone: DataZone;
  isRunning: boolean;
  inRecovery: boolean;
  isPromoting: boolean;
  timeline: number;
  /** As in force, and as set last: a change takes a reload. */
  isReadOnly: boolean;
  wantsReadOnly: boolean;
  /** As set and shown. */
  sync: SyncSetting;
  /** As commits obey it: the checkpointer takes a change later (§3b.3). */
  enforced: SyncSetting;
  wal: Entry[];
  fence: { readonly epoch: number; readonly zone: DataZone };
  beaconAtMs: number | null;
  upstream: DataZone | null;
  standbyName: string;
  link: Link | null;
  /** As a primary: how far each connected standby has flushed. */
  readonly flushedBy: Map<string, number>;
  waiting: Waiting[];
  lock: Lock | null;
  /** Grows with each stop: sessions of an earlier run are gone. */
  run: number;
  readonly endedSessions: Set<number>;
  /** Order ids present, so that a retried order is recognised. */
  readonly ids: Set<string>;
}

export const NOBODY: SyncSetting = { name: '', isGated: false };

export const createServer = (zone: DataZone, writer: DataZone, standbyName: string): Server => {
  const isWriter = zone === writer;
  const sync = isWriter ? { name: standbyName, isGated: false } : NOBODY;
  return {
    zone,
    isRunning: true,
    inRecovery: !isWriter,
    isPromoting: false,
    timeline: 1,
    isReadOnly: !isWriter,
    wantsReadOnly: !isWriter,
    sync,
    enforced: sync,
    wal: [],
    fence: { epoch: 1, zone: writer },
    beaconAtMs: null,
    upstream: isWriter ? null : writer,
    standbyName: isWriter ? '' : standbyName,
    link: null,
    flushedBy: new Map(),
    waiting: [],
    lock: null,
    run: 1,
    endedSessions: new Set(),
    ids: new Set(),
  };
};

/** Replays one record: on a primary as it writes it, on a standby as it arrives. */
export const replay = (server: Server, entry: Entry): void => {
  server.wal.push(entry);
  if (entry.kind === 'row') server.ids.add(entry.id);
  else if (entry.kind === 'fence') server.fence = { epoch: entry.epoch, zone: entry.zone };
  else server.beaconAtMs = Math.max(server.beaconAtMs ?? 0, entry.atMs);
};

/** Whether a history is the beginning of another: records are shared objects, so their last ones tell. */
export const isPrefix = (shorter: Server, longer: Server): boolean => {
  const { length } = shorter.wal;
  return length === 0 || (length <= longer.wal.length && shorter.wal[length - 1] === longer.wal[length - 1]);
};

/** Takes over another history as a whole: a rewind or a clone. */
export const takeHistory = (server: Server, from: Server): void => {
  server.wal = [...from.wal];
  server.fence = from.fence;
  server.beaconAtMs = from.beaconAtMs;
  server.timeline = from.timeline;
  server.ids.clear();
  for (const id of from.ids) server.ids.add(id);
};

export const isSatisfied = (server: Server, position: number): boolean =>
  !server.enforced.isGated && (server.flushedBy.get(server.enforced.name) ?? 0) >= position;

/** Lets go what need not wait any more. */
export const releaseWaiting = (server: Server): void => {
  if (server.waiting.length === 0) return;
  const isAlone = server.enforced.name === '';
  const free = server.waiting.filter(({ position }) => isAlone || isSatisfied(server, position));
  if (free.length === 0) return;
  server.waiting = server.waiting.filter((entry) => !free.includes(entry));
  for (const { done } of free) done(isAlone ? 'alone' : 'replicated');
};

/** The rows stay, and nobody is told. */
export const endWaiting = (server: Server): void => {
  for (const { done } of server.waiting.splice(0)) done('ended');
};

export const LSN_BYTES = 96;

/** As PostgreSQL prints it. */
export const lsnOf = (records: number): string => `0/${(0x3000000 + records * LSN_BYTES).toString(16)}`;

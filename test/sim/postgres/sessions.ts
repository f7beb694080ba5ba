import { DeadlineExceeded, StaleEpoch, Unreachable } from '../../../lib/domain/errors';
import type { Effect } from '../../../lib/ports/engine';
import type { DataZone } from '../places';
import type { Answer, Process } from '../process';
import type { Bug } from '../bugs';
import type { Cluster } from './cluster';
import type { Server } from './server';
import { endWaiting } from './server';

/** The budget of a call, on the caller's own clock. */
export interface Deadline {
  leftMs(): number;
  atMost(ms: number): Deadline;
}

export interface Session {
  readonly zone: DataZone;
  readonly id: number;
  readonly run: number;
  readonly epoch: number;
  readonly deadline: Deadline;
}

/** A session that holds the lock, and what it found under it. */
export interface Guarded extends Session {
  readonly inRecovery: boolean;
  readonly rowZone: DataZone;
}

export interface Sessions {
  startDeadline(totalMs: number): Deadline;
  /** A read; nobody minds when it comes late. */
  look<T>(zone: DataZone, timeoutMs: number, read: (server: Server) => T): Promise<T>;
  /** A statement outside the lock. */
  effect(zone: DataZone, timeoutMs: number, act: (server: Server) => void): Promise<void>;
  open(zone: DataZone, epoch: number, deadline: Deadline): Promise<Session>;
  act<T>(session: Session, what: string, act: (server: Server) => T): Promise<T>;
  waitUntil(session: Session, what: string, holds: (server: Server) => boolean): Promise<void>;
  /** Runs `act` under the lock and the epoch, as the streaming adapter's `underEpoch` does (§3b.1-4). */
  underEpoch<T>(zone: DataZone, effect: Effect, act: (guarded: Guarded) => Promise<T>): Promise<T>;
}

export interface SessionsContext {
  readonly process: Process;
  readonly cluster: Cluster;
  readonly bug: Bug | null;
  /** Unique over the simulation. */
  readonly nextSession: () => number;
  readonly nowMs: () => number;
}

const POLL_MS = 25;
/** A session ends by itself this long after its deadline. */
const GRACE_MS = 1_000;

export const endWorkload = (server: Server): void => endWaiting(server);

const endHolder = (server: Server): void => {
  if (server.lock !== null) server.endedSessions.add(server.lock.session);
  server.lock = null;
};

export const endOlderHolder = (server: Server, epoch: number): void => {
  if (server.lock !== null && server.lock.epoch < epoch) endHolder(server);
};

/** Whether the lock was taken. An older holder is ended, a newer one refuses, an equal one is waited for. */
const tryLock = (
  server: Server,
  { id, epoch }: Session,
  when: {
    readonly nowMs: number;
    readonly untilMs: number;
    readonly isImpatient: boolean;
    readonly isBlind: boolean;
  },
): boolean => {
  const { lock } = server;
  if (lock !== null && lock.session !== id && lock.untilMs > when.nowMs) {
    if (lock.epoch > epoch && !when.isBlind)
      throw new StaleEpoch(`epoch ${epoch} refused: ${lock.epoch} holds the lock`);
    if (lock.epoch === epoch && !when.isImpatient) return false;
  }
  endHolder(server);
  server.endedSessions.delete(id);
  server.lock = { session: id, epoch, untilMs: when.untilMs };
  return true;
};

const tried = <T>(work: () => T): Answer<T> => {
  try {
    return { value: work() };
  } catch (error) {
    return { error: error as Error };
  }
};

export const createSessions = (context: SessionsContext): Sessions => {
  const { process, cluster, bug } = context;
  const { clock } = process;
  const endingAt = (endMs: number): Deadline => ({
    leftMs: () => Math.max(0, endMs - clock.monotonicMs()),
    atMost: (ms) => endingAt(Math.min(endMs, clock.monotonicMs() + ms)),
  });
  const ask = <T>(
    zone: DataZone,
    about: { readonly what: string; readonly timeoutMs: number; readonly isLook: boolean },
    work: (server: Server) => T,
  ): Promise<T> => {
    const gone = (): Error => new Unreachable(`PostgreSQL in ${zone}: refused`);
    return process.call<T>({
      to: zone,
      ...about,
      timeoutMs: Math.max(1, about.timeoutMs),
      onTimeout: () => new DeadlineExceeded(`PostgreSQL in ${zone}: no answer to ${about.what}`),
      onRefused: gone,
      serve: (reply) => {
        const server = cluster.at(zone);
        reply(server.isRunning ? tried(() => work(server)) : { error: gone() });
      },
    });
  };
  const inSession = <T>(
    session: Session,
    about: { what: string; isLook: boolean },
    work: (server: Server) => T,
  ) =>
    ask(session.zone, { ...about, timeoutMs: session.deadline.leftMs() }, (server) => {
      if (server.run !== session.run || server.endedSessions.has(session.id))
        throw new Unreachable(`PostgreSQL in ${session.zone}: the session has ended`);
      return work(server);
    });
  const open = async (zone: DataZone, epoch: number, deadline: Deadline): Promise<Session> => {
    const id = context.nextSession();
    const about = { what: 'connect', timeoutMs: deadline.leftMs(), isLook: true };
    const run = await ask(zone, about, (server) => server.run);
    return { zone, id, run, epoch, deadline };
  };
  const act = <T>(session: Session, what: string, work: (server: Server) => T): Promise<T> =>
    inSession(session, { what: `${what} (epoch ${session.epoch})`, isLook: false }, work);
  const waitUntil = async (session: Session, what: string, holds: (server: Server) => boolean) => {
    while (!(await inSession(session, { what, isLook: true }, holds))) {
      if (session.deadline.leftMs() <= POLL_MS) throw new DeadlineExceeded(`${what}: not in time`);
      await clock.sleep(POLL_MS);
    }
  };
  const takeLock = async (session: Session): Promise<void> => {
    const patienceMs = (session.deadline.leftMs() * 2) / 3;
    const attempt = (): Promise<boolean> => {
      const leftMs = session.deadline.leftMs();
      const isImpatient = leftMs < patienceMs;
      return act(session, 'take the lock', (server) =>
        tryLock(server, session, {
          nowMs: context.nowMs(),
          untilMs: context.nowMs() + leftMs + GRACE_MS,
          isImpatient,
          isBlind: bug === 'stale-epoch-accepted',
        }),
      );
    };
    while (!(await attempt())) {
      if (session.deadline.leftMs() <= POLL_MS) throw new DeadlineExceeded(`the lock in ${session.zone}`);
      await clock.sleep(POLL_MS);
    }
  };
  const compare = (session: Session): Promise<Guarded> =>
    act(session, 'compare the epoch', (server) => {
      const { epoch, zone } = session;
      const { inRecovery, fence } = server;
      const isStale = epoch < fence.epoch && bug !== 'stale-epoch-accepted';
      if (isStale)
        throw new StaleEpoch(`epoch ${epoch} refused in ${zone}: ${fence.epoch} is in force there`);
      if (!inRecovery && fence.epoch < epoch) cluster.append(server, { kind: 'fence', epoch, zone });
      return { ...session, inRecovery, rowZone: fence.zone };
    });
  const unlock = (session: Session): Promise<void> =>
    act(session, 'unlock', (server) => {
      if (server.lock?.session === session.id) server.lock = null;
    });
  return {
    startDeadline: (totalMs) => endingAt(clock.monotonicMs() + totalMs),
    look: (zone, timeoutMs, read) => ask(zone, { what: 'look', timeoutMs, isLook: true }, read),
    effect: (zone, timeoutMs, work) => ask(zone, { what: 'write', timeoutMs, isLook: false }, work),
    open,
    act,
    waitUntil,
    underEpoch: async (zone, effect, work) => {
      const session = await open(zone, effect.epoch, endingAt(clock.monotonicMs() + effect.deadlineMs));
      try {
        await takeLock(session);
        const result = await work(await compare(session));
        await unlock(session);
        return result;
      } catch (error) {
        // The connection is closed without waiting; the server ends the session when it hears of it.
        void unlock(session).catch(() => undefined);
        throw error;
      }
    },
  };
};

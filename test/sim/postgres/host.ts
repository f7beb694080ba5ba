import { DeadlineExceeded, EvacError, StaleEpoch, Unreachable } from '../../../lib/domain/errors';
import type { HostStatus } from '../../../lib/ports/host-control';
import type { Bug } from '../bugs';
import type { EventLog } from '../event-log';
import type { Network } from '../network';
import type { DataZone, Places } from '../places';
import type { Process } from '../process';
import type { Random } from '../random';
import type { Cluster } from './cluster';
import type { Server } from './server';
import { endWaiting, NOBODY, takeHistory } from './server';

export type Rejoined = { readonly how: 'already' | 'restarted' | 'rewound' | 'recloned' };

export interface Order {
  readonly epoch: number;
  readonly upstream: DataZone;
  readonly standbyName: string;
}

/** The machine beside a server: the same rules as lib/lab/postgres-host, one act at a time, older epochs refused. */
export interface Host {
  status(): HostStatus;
  stop(epoch: number): Promise<void>;
  rejoin(order: Order): Promise<Rejoined>;
  /** Starts the agent anew, which starts its server only if the seat names it (§3b.8). */
  boot(): void;
}

export interface HostOptions {
  readonly zone: DataZone;
  readonly cluster: Cluster;
  readonly network: Network;
  readonly places: Places;
  readonly random: Random;
  readonly log: EventLog;
  readonly bug: Bug | null;
  readonly newProcess: () => Process;
  readonly readSeat: (
    process: Process,
  ) => Promise<{ readonly writer: string; readonly epoch: number } | null>;
}

const SEAT_RETRY_MS = 1_000;
const STOP_MS = { low: 50, high: 400 } as const;
const START_MS = { low: 150, high: 900 } as const;
const REWIND_MS = { low: 800, high: 5_000 } as const;
const CLONE_MS = { low: 4_000, high: 15_000 } as const;
const CLONE_SHARE = 0.15;
const STREAMS_SOON_MS = 1_500;
const STREAM_POLL_MS = 100;

export const createHost = (options: HostOptions): Host => {
  const { zone, cluster, network, places, random, log, bug } = options;
  const server = cluster.at(zone);
  let process = options.newProcess();
  let seenEpoch = 1;
  let last: Promise<unknown> = Promise.resolve();
  let boots = 0;

  const admit = (epoch: number): void => {
    if (epoch < seenEpoch)
      throw new StaleEpoch(`epoch ${epoch} refused: the host in ${zone} has seen epoch ${seenEpoch}`);
    seenEpoch = epoch;
  };
  const inTurn = <T>(epoch: number, act: () => Promise<T>): Promise<T> => {
    boots += 1;
    const mine = process;
    const turn = last.then(async () => {
      if (mine !== process) throw new Unreachable(`the host in ${zone} was restarted meanwhile`);
      admit(epoch);
      return act();
    });
    last = turn.catch(() => undefined);
    return turn;
  };
  const spend = ({ low, high }: { readonly low: number; readonly high: number }): Promise<void> =>
    process.clock.sleep(random.between(low, high));

  const reaches = (upstream: Server): boolean =>
    network.isOpenBothWays(zone, upstream.zone) &&
    cluster.isListening(upstream.zone) &&
    !places.isFrozen(upstream.zone);
  const requireUpstream = (upstream: Server): void => {
    if (!reaches(upstream))
      throw new Unreachable(`${zone} cannot rejoin: ${upstream.zone} does not answer it`);
  };
  const streamsWithin = async (name: string, timeoutMs: number): Promise<boolean> => {
    const endMs = process.clock.monotonicMs() + timeoutMs;
    for (;;) {
      if (server.link?.name === name) return true;
      if (process.clock.monotonicMs() >= endMs) return false;
      await process.clock.sleep(STREAM_POLL_MS);
    }
  };
  const stopServer = async (): Promise<void> => {
    endWaiting(server);
    cluster.stop(server);
    await spend(STOP_MS);
  };
  const startAsStandby = async ({ upstream, standbyName }: Order): Promise<void> => {
    cluster.disconnect(server);
    Object.assign(server, { upstream, standbyName, inRecovery: true, sync: NOBODY, enforced: NOBODY });
    Object.assign(server, { isReadOnly: true, wantsReadOnly: true });
    if (server.isRunning) return;
    await spend(START_MS);
    cluster.start(server);
  };
  const keepStandby = async (order: Order): Promise<Rejoined | null> => {
    if (server.isRunning && server.link?.name === order.standbyName) return { how: 'already' };
    await startAsStandby(order);
    if (await streamsWithin(order.standbyName, STREAMS_SOON_MS)) return { how: 'restarted' };
    requireUpstream(cluster.at(order.upstream));
    return null;
  };
  const rejoin = async (order: Order): Promise<Rejoined> => {
    const upstream = cluster.at(order.upstream);
    if (server.inRecovery) {
      const kept = await keepStandby(order);
      if (kept !== null) return kept;
    }
    await stopServer();
    requireUpstream(upstream);
    const isClone = random.chance(CLONE_SHARE);
    await spend(isClone ? CLONE_MS : REWIND_MS);
    requireUpstream(upstream);
    if (bug !== 'rejoin-without-rewind') takeHistory(server, upstream);
    await startAsStandby(order);
    if (!(await streamsWithin(order.standbyName, STREAMS_SOON_MS * 2)))
      throw new DeadlineExceeded(`${zone} does not stream from ${order.upstream}`);
    return { how: isClone ? 'recloned' : 'rewound' };
  };

  const askSeat = async (isCurrent: () => boolean): Promise<void> => {
    while (isCurrent()) {
      const seat = await options.readSeat(process).catch((cause: unknown) => {
        if (!(cause instanceof EvacError)) throw cause;
        return null;
      });
      if (!isCurrent()) return;
      if (seat !== null) return startIfWriter(seat);
      await process.clock.sleep(SEAT_RETRY_MS);
    }
  };
  const startIfWriter = async (seat: { readonly writer: string; readonly epoch: number }): Promise<void> => {
    seenEpoch = Math.max(seenEpoch, seat.epoch);
    const isWriter = seat.writer === zone && seat.epoch >= seenEpoch;
    log.note(`host ${zone}`, isWriter ? 'starts its server, the writer' : 'leaves its server stopped');
    if (!isWriter) return;
    await spend(START_MS);
    cluster.start(server);
  };
  return {
    status: () => ({ up: true, engine: server.isRunning ? 'running' : 'stopped', epoch: seenEpoch }),
    stop: async (epoch) => {
      admit(epoch);
      return inTurn(epoch, async () => {
        log.note(`host ${zone}`, `stops its server, epoch ${epoch}`);
        await stopServer();
      });
    },
    rejoin: async (order) => {
      admit(order.epoch);
      return inTurn(order.epoch, async () => {
        const rejoined = await rejoin(order);
        log.note(`host ${zone}`, `${rejoined.how} as ${order.standbyName} of ${order.upstream}`);
        return rejoined;
      });
    },
    boot: () => {
      process = options.newProcess();
      last = Promise.resolve();
      boots += 1;
      const mine = boots;
      if (!server.isRunning) void askSeat(() => mine === boots && process.isAlive());
    },
  };
};

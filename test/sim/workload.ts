import type { Bug } from './bugs';
import type { Network } from './network';
import type { DataZone, Places } from './places';
import { DATA_ZONES, Place } from './places';
import type { Cluster } from './postgres/cluster';
import type { Random } from './random';
import type { Timeline } from './timeline';

/** The orders service: an API in each data zone, clients behind the public name, and writers inside each zone. */
export interface Workload {
  isApiUp(zone: DataZone): boolean;
  killApi(zone: DataZone): void;
  startApi(zone: DataZone): void;
  /** Share of traffic by zone, as the public name answers. */
  weights: Readonly<Record<string, number>>;
  /** Orders that got an acknowledgement at the clients, by the public name. */
  readonly served: () => number;
  stop(): void;
}

export interface WorkloadOptions {
  readonly timeline: Timeline;
  readonly network: Network;
  readonly places: Places;
  readonly random: Random;
  readonly cluster: Cluster;
  readonly bug: Bug | null;
  readonly everyMs: number;
}

type Reply = (isAcknowledged: boolean) => void;

const LOOK_EVERY_MS = 500;
/** What a database host said longer ago than this is not believed. */
const LOOK_STALE_MS = 1_200;
const ATTEMPT_MS = 1_000;
const GIVE_UP_MS = 20_000;

interface View {
  readonly timeline: number;
  readonly atMs: number;
}

export const createWorkload = (options: WorkloadOptions): Workload => {
  const { timeline, network, places, random, cluster, bug } = options;
  const down = new Set<DataZone>();
  const views = new Map<string, View>();
  let orders = 0;
  let served = 0;
  let isStopped = false;

  /** A retried order writes, too, so that its commit waits for the standby (§3b.8). */
  const place = (zone: DataZone, id: string, reply: Reply): void => {
    const server = cluster.at(zone);
    if (!server.isRunning || server.inRecovery || server.isReadOnly) return reply(false);
    if (bug === 'phantom-acknowledged' && server.ids.has(id)) return acknowledgePhantom(zone, id, reply);
    cluster.commit(server, { kind: 'row', id }, (end) => reply(end !== 'ended'));
  };
  const acknowledgePhantom = (zone: DataZone, id: string, reply: Reply): void => {
    const entry = cluster.at(zone).wal.findLast((one) => one.kind === 'row' && one.id === id);
    if (entry !== undefined) cluster.acknowledge(cluster.at(zone), entry);
    reply(true);
  };
  const between = (from: Place, to: Place, serve: (back: Reply) => void, reply: Reply): void =>
    network.send({
      from,
      to,
      deliver: () =>
        places.deliver(
          to,
          () =>
            serve((isAcknowledged) =>
              network.send({
                from: to,
                to: from,
                deliver: () => places.deliver(from, () => reply(isAcknowledged)),
              }),
            ),
          () => reply(false),
        ),
    });

  const isUp = (zone: DataZone): boolean => places.isUp(zone) && !down.has(zone);
  const look = (from: DataZone, at: DataZone): void => {
    network.send({
      from,
      to: at,
      isWanted: () => isUp(from),
      deliver: () =>
        places.deliver(at, () => {
          const { isRunning, inRecovery, isReadOnly, timeline: tli } = cluster.at(at);
          const isWriter = isRunning && !inRecovery && !isReadOnly;
          network.send({
            from: at,
            to: from,
            isWanted: () => isUp(from),
            deliver: () =>
              places.deliver(from, () => {
                if (isWriter) views.set(`${from} sees ${at}`, { timeline: tli, atMs: timeline.nowMs() });
                else views.delete(`${from} sees ${at}`);
              }),
          });
        }),
    });
  };
  /** Of several read-write hosts the one with the highest timeline: a thawed primary's is the older. */
  const writerSeenBy = (zone: DataZone): DataZone | null => {
    const seen = DATA_ZONES.flatMap((at) => {
      const view = views.get(`${zone} sees ${at}`);
      return view !== undefined && timeline.nowMs() - view.atMs < LOOK_STALE_MS ? [{ at, view }] : [];
    });
    return seen.sort((a, b) => b.view.timeline - a.view.timeline)[0]?.at ?? null;
  };
  const askApi = (zone: DataZone, id: string, reply: Reply): void => {
    const writer = isUp(zone) ? writerSeenBy(zone) : null;
    if (writer === null) return reply(false);
    between(zone, writer, (back) => place(writer, id, back), reply);
  };

  const zoneByName = (): DataZone => {
    const [first, second] = DATA_ZONES;
    const total = DATA_ZONES.reduce((sum, zone) => sum + (workload.weights[zone] ?? 0), 0);
    return random.next() * total < (workload.weights[first] ?? 0) ? first : second;
  };
  const attempt = (id: string, startedMs: number, pauseMs: number, zoneOf: () => DataZone): void => {
    let isOver = false;
    const end = (isAcknowledged: boolean): void => {
      if (isOver) return;
      isOver = true;
      timer.cancel();
      if (isAcknowledged) served += 1;
      else if (timeline.nowMs() - startedMs < GIVE_UP_MS)
        timeline.after(pauseMs * random.between(0.5, 1), () =>
          attempt(id, startedMs, Math.min(3_000, pauseMs * 2), zoneOf),
        );
    };
    const timer = timeline.after(ATTEMPT_MS, () => end(false));
    const zone = zoneOf();
    between(Place.clients, zone, (back) => askApi(zone, id, back), end);
  };
  const newId = (who: string): string => `${who}-${(orders += 1)}`;
  const every = (ms: number, run: () => void): void => {
    timeline.after(ms * random.between(0.9, 1.1), () => {
      if (isStopped) return;
      run();
      every(ms, run);
    });
  };
  const order = (who: string, zoneOf: () => DataZone): void =>
    attempt(newId(who), timeline.nowMs(), 300, zoneOf);

  every(options.everyMs, () => order('order', zoneByName));
  every(options.everyMs * 3, () => order('stuck', () => Place.azA));
  for (const zone of DATA_ZONES) {
    every(options.everyMs, () =>
      places.deliver(zone, () => {
        if (cluster.at(zone).isRunning) place(zone, newId(`inside-${zone}`), () => undefined);
      }),
    );
    for (const at of DATA_ZONES) every(LOOK_EVERY_MS, () => places.deliver(zone, () => look(zone, at)));
  }

  const workload: Workload = {
    weights: { 'az-a': 100, 'az-b': 0 },
    isApiUp: isUp,
    killApi: (zone) => void down.add(zone),
    startApi: (zone) => void down.delete(zone),
    served: () => served,
    stop: () => void (isStopped = true),
  };
  return workload;
};

import { projectFolder } from '../lib/cli/project-folder';
import { createHostAgentControl } from '../lib/engines/host-agent/host-agent-control';
import { createKafkaStretch } from '../lib/engines/kafka/stretch/kafka-stretch';
import { findKafka } from '../lib/lab/kafka-cache';
import { startLoopbackCluster } from '../lib/lab/kafka-host/loopback-cluster';
import { describeMachine } from '../lib/lab/machine';
import { createOrderEvents } from '../lib/lab/orders/order-events';
import { readOrderIds } from '../lib/lab/orders/order-event-reader';
import { waitUntil } from '../lib/lab/wait-until';
import { startEventLoad } from './event-load';
import type { Timing } from './timing';
import { timingOf } from './timing';

const MOVES = 20;
const NET = '127.77.9';
const TOPIC = 'orders';
const EFFECT_MS = 10_000;
/** Acknowledged before the next move begins. */
const SETTLED = 50;

export interface LeaderMoves {
  readonly moves: number;
  /** Longest time without an acknowledgement that one producer saw. */
  readonly pause: Timing;
  /** Of the whole step, the epoch's record among it. */
  readonly step: Timing;
  readonly acknowledged: number;
  readonly lost: number;
}

/** Planned moves of all leaders between two zones while one producer writes with acks=all; null where there is no Kafka. */
export const measureLeaderMoves = async (): Promise<LeaderMoves | null> => {
  const machine = describeMachine(projectFolder);
  if (findKafka(machine) === null) return null;
  const cluster = await startLoopbackCluster(machine, {
    net: NET,
    topics: [{ topic: TOPIC, partitions: 6 }],
  });
  const { endpoints } = cluster;
  const component = { topics: [TOPIC], endpoints };
  const engine = createKafkaStretch({ component, dataZones: ['az-a', 'az-b'] }, createHostAgentControl({}));
  const events = createOrderEvents({ endpoints, topic: TOPIC });
  const load = startEventLoad(events);
  const [pauses, steps]: [number[], number[]] = [[], []];
  try {
    for (let move = 0; move < MOVES; move += 1) {
      const startedMs = performance.now();
      await engine.ensureWriterIn(move % 2 === 0 ? 'az-b' : 'az-a', {
        epoch: move + 1,
        deadlineMs: EFFECT_MS,
      });
      const endedMs = performance.now();
      await waitUntil(
        { what: 'events after the move', timeoutMs: EFFECT_MS, everyMs: 5 },
        () => load.acknowledgedSince(endedMs) >= SETTLED,
      );
      pauses.push(load.longestGapMs(startedMs));
      steps.push(endedMs - startedMs);
    }
    await load.stop();
    const found = await readOrderIds({ endpoints, topic: TOPIC }, EFFECT_MS);
    const lost = load.ids.filter((id) => !found.has(id)).length;
    return {
      moves: MOVES,
      pause: timingOf(pauses),
      step: timingOf(steps),
      acknowledged: load.ids.length,
      lost,
    };
  } finally {
    events.close();
    await engine.close();
    await cluster.close();
  }
};

import { projectFolder } from '../lib/cli/project-folder';
import { startDeadline } from '../lib/engines/deadline';
import { createHostAgentControl } from '../lib/engines/host-agent/host-agent-control';
import { readMajorityView } from '../lib/engines/kafka/stretch/cluster-view';
import { createKafkaStretch } from '../lib/engines/kafka/stretch/kafka-stretch';
import { createSessions } from '../lib/engines/kafka/stretch/sessions';
import { untilSettled } from '../lib/engines/kafka/stretch/settle';
import type { LoopbackCluster } from '../lib/lab/kafka-host/loopback-cluster';
import { startLoopbackCluster } from '../lib/lab/kafka-host/loopback-cluster';
import { startBroker } from '../lib/lab/kafka-host/server-process';
import { describeMachine } from '../lib/lab/machine';
import { createOrderEvents } from '../lib/lab/orders/order-events';
import { readOrderIds } from '../lib/lab/orders/order-event-reader';
import { waitUntil } from '../lib/lab/wait-until';
import { startEventLoad } from './event-load';
import { timingOf } from './timing';

/**
 * What a producer sees when the broker that leads everything is lost, Kafka alone, nobody acts:
 * `npx tsx bench/leader-loss.ts [rounds]`. A lost broker that was the active controller, too, costs one election more.
 */
const ROUNDS = Number(process.argv[2] ?? 5);
const NET = '127.77.8';
const TOPIC = 'orders';
const WAIT_MS = 40_000;
const SETTLED = 50;
const LEADER = 'az-a';

type Fault = 'kill' | 'freeze';
const inject: Readonly<Record<Fault, (cluster: LoopbackCluster) => unknown>> = {
  kill: (cluster) => cluster.signal(LEADER, 'SIGKILL'),
  freeze: (cluster) => cluster.signal(LEADER, 'SIGSTOP'),
};
const heal: Readonly<Record<Fault, (cluster: LoopbackCluster) => unknown>> = {
  kill: (cluster) => startBroker(cluster.hostOf(LEADER)),
  freeze: (cluster) => cluster.signal(LEADER, 'SIGCONT'),
};

/** Kafka has no way to hand over the controller's role: whoever has it unwantedly is frozen until another one has it. */
const placeController = async (cluster: LoopbackCluster, isWanted: (zone: string) => boolean) => {
  const sessions = createSessions(cluster.endpoints);
  const find = () =>
    untilSettled(startDeadline(WAIT_MS), 'a controller', (attempt) =>
      sessions.askFirst(sessions.zones, attempt, async (connection) => {
        const { controller } = await readMajorityView(connection, [TOPIC], attempt);
        return controller;
      }),
    );
  for (let zone = await find(); !isWanted(zone);) {
    const unwanted = zone;
    cluster.signal(unwanted, 'SIGSTOP');
    await waitUntil({ what: 'another controller', timeoutMs: WAIT_MS, everyMs: 20 }, async () => {
      zone = await find();
      return zone !== unwanted;
    });
    cluster.signal(unwanted, 'SIGCONT');
  }
};

const measureLosses = async (): Promise<void> => {
  const topics = [{ topic: TOPIC, partitions: 6 }];
  const cluster = await startLoopbackCluster(describeMachine(projectFolder), { net: NET, topics });
  const { endpoints } = cluster;
  const component = { topics: [TOPIC], endpoints };
  const engine = createKafkaStretch({ component, dataZones: ['az-a', 'az-b'] }, createHostAgentControl({}));
  const events = createOrderEvents({ endpoints, topic: TOPIC });
  const load = startEventLoad(events);
  let epoch = 0;
  const settled = (sinceMs: number) =>
    waitUntil(
      { what: 'events again', timeoutMs: WAIT_MS, everyMs: 5 },
      () => load.acknowledgedSince(sinceMs) >= SETTLED,
    );
  const round = async (fault: Fault, isController: boolean): Promise<number> => {
    const effect = { epoch: (epoch += 1), deadlineMs: WAIT_MS };
    await placeController(cluster, (zone) => (zone === LEADER) === isController);
    await engine.ensureWriterIn(LEADER, effect);
    await engine.ensureSynchronous(LEADER, 'az-b', effect);
    await settled(performance.now());
    const faultMs = performance.now();
    inject[fault](cluster);
    // What was on its way may still be acknowledged.
    await settled(faultMs + 100);
    const gapMs = load.longestGapMs(faultMs);
    await heal[fault](cluster);
    await engine.ensureSynchronous('az-b', LEADER, effect);
    return gapMs;
  };
  const measure = async (fault: Fault, isController: boolean): Promise<void> => {
    const gaps: number[] = [];
    while (gaps.length < ROUNDS) gaps.push(await round(fault, isController));
    const which = `${fault}, ${isController ? 'with the controller' : 'controller elsewhere'}`;
    process.stdout.write(`${which}: ${gaps.map(Math.round).join(' ')} ms, median ${timingOf(gaps).p50_ms}\n`);
  };
  try {
    for (const fault of ['kill', 'freeze'] as const) {
      await measure(fault, false);
      await measure(fault, true);
    }
    await load.stop();
    const found = await readOrderIds({ endpoints, topic: TOPIC }, WAIT_MS);
    const lost = load.ids.filter((id) => !found.has(id)).length;
    process.stdout.write(`lost ${lost} of ${load.ids.length} acknowledged\n`);
    process.exitCode = lost === 0 ? 0 : 1;
  } finally {
    events.close();
    await engine.close();
    await cluster.close();
  }
};

measureLosses().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});

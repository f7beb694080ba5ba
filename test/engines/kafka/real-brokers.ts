import { randomInt } from 'node:crypto';
import type { Server } from 'node:http';
import { projectFolder } from '../../../lib/cli/project-folder';
import { DeadlineExceeded, EvacError } from '../../../lib/domain/errors';
import type { HostAddress, ZoneId } from '../../../lib/domain/topology';
import { startDeadline } from '../../../lib/engines/deadline';
import { createHostAgentControl } from '../../../lib/engines/host-agent/host-agent-control';
import { KafkaAnswer } from '../../../lib/engines/kafka/stretch/error-codes';
import { createKafkaStretch } from '../../../lib/engines/kafka/stretch/kafka-stretch';
import { Acks, fetchFrom, produce } from '../../../lib/engines/kafka/stretch/log-calls';
import { createSessions } from '../../../lib/engines/kafka/stretch/sessions';
import { createKafkaHostAgent } from '../../../lib/lab/kafka-host/kafka-host-agent';
import { startLoopbackCluster } from '../../../lib/lab/kafka-host/loopback-cluster';
import { describeMachine } from '../../../lib/lab/machine';
import { createHostAgentServer } from '../../../lib/lab/store-host/host-agent-server';
import type { WriteOutcome } from '../../contract/engine-contract';

const agentPort = 8_084;
export const ordersTopic = 'orders';
const partitions = 3;
const requestTimedOut = 7;

/** A batch of one, to one partition of the zone's broker; that one must lead it. */
const toFirst = { topic: ordersTopic, index: 0 } as const;

/** Three real brokers on loopback addresses: az-a leads, az-c is the witness's, epoch 1. */
export async function startRealBrokers() {
  const net = `127.${randomInt(100, 250)}.${randomInt(1, 250)}`;
  const cluster = await startLoopbackCluster(describeMachine(projectFolder), {
    net,
    topics: [{ topic: ordersTopic, partitions }],
  });
  const agents = new Map<ZoneId, Server>();
  const hosts: Record<ZoneId, HostAddress> = {};
  for (const zone of cluster.zones) {
    const host = cluster.hostOf(zone);
    const server = createHostAgentServer(createKafkaHostAgent(host));
    await new Promise<void>((resolve) => server.listen(agentPort, host.place.listen, resolve));
    agents.set(zone, server);
    hosts[zone] = { kind: 'agent', host: host.place.listen, port: agentPort };
  }
  const control = createHostAgentControl(hosts);
  const component = { topics: [ordersTopic], endpoints: cluster.endpoints };
  const dataZones = ['az-a', 'az-b'];
  const engine = createKafkaStretch({ component, dataZones }, control);
  const sessions = createSessions(cluster.endpoints);
  const write = async (zone: ZoneId, id: string, timeoutMs: number): Promise<WriteOutcome> => {
    const deadline = startDeadline(timeoutMs);
    const records = [{ key: id, value: id }];
    const given = { records, acks: Acks.all, atMs: Date.now(), timeoutMs };
    try {
      await sessions.askIn(zone, deadline, (connection) => connection.ask(produce(toFirst, given), deadline));
      return 'acknowledged';
    } catch (error) {
      if (error instanceof DeadlineExceeded) return 'unknown';
      if (error instanceof KafkaAnswer && error.errorCode === requestTimedOut) return 'unknown';
      if (error instanceof EvacError) return 'refused';
      throw error;
    }
  };
  const idsIn = async (zone: ZoneId): Promise<readonly string[]> => {
    const deadline = startDeadline(2_000);
    return sessions.askIn(zone, deadline, async (connection) => {
      const fetched = await connection.ask(fetchFrom(toFirst, 0, { maxBytes: 1_048_576 }), deadline);
      return fetched.records.flatMap(({ key }) => key ?? []);
    });
  };
  const silenceHost = async (zone: ZoneId): Promise<void> => {
    const server = agents.get(zone);
    agents.delete(zone);
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  };
  const close = async (): Promise<void> => {
    await engine.close();
    await Promise.all(cluster.zones.map(silenceHost));
    await cluster.close();
  };
  try {
    await engine.ensureWriterIn('az-a', { epoch: 1, deadlineMs: 20_000 });
  } catch (error) {
    await close();
    throw error;
  }
  return { ...cluster, engine, component, dataZones, control, sessions, write, idsIn, silenceHost, close };
}

export type RealBrokers = Awaited<ReturnType<typeof startRealBrokers>>;

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ZoneId } from '../../domain/topology';
import { findJava, findKafka } from '../kafka-cache';
import { PartsMissing } from '../lab-errors';
import type { Machine } from '../machine';
import { findParts, missingParts } from '../parts';
import { sendSignal } from '../process-identity';
import type { WorkloadTopic } from './create-topics';
import { createKafkaTopics } from './create-topics';
import type { BrokerPlace, KafkaHost } from './kafka-host';
import { provisionKafka } from './provision';
import { kafkaProcesses, startBroker, stopBrokerNow } from './server-process';
import { ensureKafkaTemplate } from './template';

const [port, controllerPort] = [9_092, 9_093];
const stopMs = 10_000;

export interface LoopbackCluster {
  readonly zones: readonly ZoneId[];
  readonly endpoints: Readonly<Record<ZoneId, { readonly host: string; readonly port: number }>>;
  hostOf(zone: ZoneId): KafkaHost;
  signal(zone: ZoneId, name: NodeJS.Signals): void;
  kill(zone: ZoneId): Promise<void>;
  /** Nothing is left of it. */
  close(): Promise<void>;
}

/**
 * Three brokers on loopback addresses `<net>.1` to `<net>.3`, for tests and measurements that need no zones. The first of
 * `zones` leads, the last one is the witness's. @throws PartsMissing
 */
export async function startLoopbackCluster(
  machine: Machine,
  options: { readonly net: string; readonly topics: readonly WorkloadTopic[] },
): Promise<LoopbackCluster> {
  const [installation, java] = [findKafka(machine), findJava(machine.commandFolders)];
  if (installation === null || java === null) throw new PartsMissing(missingParts(findParts(machine)));
  const tools = { java: java.path, jars: installation.jars };
  const template = await ensureKafkaTemplate(tools, installation.folder);
  const folder = mkdtempSync(join(tmpdir(), 'evac-brokers-'));
  const brokers = ['az-a', 'az-b', 'az-c'].map((zone, index): BrokerPlace => {
    const id = index + 1;
    return { id, zone, listen: `${options.net}.${id}`, port, controllerPort };
  });
  const files = provisionKafka({ folder, template, brokers });
  const hostOf = (zone: ZoneId): KafkaHost => {
    const [own, place] = [files[zone], brokers.find((broker) => broker.zone === zone)];
    if (own === undefined || place === undefined) throw new Error(`there is no broker in ${zone}`);
    return {
      files: own,
      place,
      tools: { ...tools, archive: template.archive },
      log: () => undefined,
    };
  };
  const close = async (): Promise<void> => {
    await Promise.all(brokers.map(({ zone }) => stopBrokerNow(hostOf(zone).files, stopMs)));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all(brokers.map(({ zone }) => startBroker(hostOf(zone))));
    await createKafkaTopics(brokers, options.topics);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    zones: brokers.map(({ zone }) => zone),
    endpoints: Object.fromEntries(brokers.map(({ zone, listen }) => [zone, { host: listen, port }])),
    hostOf,
    signal: (zone, name) => {
      for (const pid of kafkaProcesses(hostOf(zone).files.data)) sendSignal(pid, name);
    },
    kill: (zone) => stopBrokerNow(hostOf(zone).files, stopMs),
    close,
  };
}

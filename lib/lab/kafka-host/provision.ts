import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ZoneId } from '../../domain/topology';
import type { KafkaFiles } from './host-files';
import { createKafkaFiles } from './host-files';
import type { BrokerPlace } from './kafka-host';
import { serverConfig } from './server-config';
import type { KafkaTemplate } from './template';

export interface KafkaProvisionOptions {
  /** Everything of these brokers goes in here. */
  readonly folder: string;
  readonly template: KafkaTemplate;
  readonly brokers: readonly BrokerPlace[];
}

/** Kafka's own form of an id: 16 bytes, base64url. It must not begin with a dash. */
function newKafkaId(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? newKafkaId() : id;
}

/** As `kafka-storage format` leaves a folder: who it belongs to, and the cluster's first metadata. */
function makeHost(options: KafkaProvisionOptions, place: BrokerPlace, cluster: string): KafkaFiles {
  const files = createKafkaFiles(join(options.folder, place.zone));
  mkdirSync(files.data, { recursive: true, mode: 0o750 });
  const identity = [
    'version=1',
    `cluster.id=${cluster}`,
    `node.id=${place.id}`,
    `directory.id=${newKafkaId()}`,
  ];
  writeFileSync(join(files.data, 'meta.properties'), `${identity.join('\n')}\n`);
  copyFileSync(options.template.bootstrap, join(files.data, 'bootstrap.checkpoint'));
  writeFileSync(files.config, serverConfig(files, place, options.brokers));
  return files;
}

/** One cluster, not started yet; a broker a zone. */
export function provisionKafka(options: KafkaProvisionOptions): Readonly<Record<ZoneId, KafkaFiles>> {
  const cluster = newKafkaId();
  return Object.fromEntries(options.brokers.map((place) => [place.zone, makeHost(options, place, cluster)]));
}

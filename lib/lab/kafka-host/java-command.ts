import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { KafkaTools } from './kafka-host';

/** Sorted: an archive of classes is bound to the very class path that it was made with. */
const classPath = (jars: string): string =>
  readdirSync(jars)
    .filter((name) => name.endsWith('.jar'))
    .toSorted()
    .map((name) => join(jars, name))
    .join(':');

/** The second compiler would take the cores from everybody for seconds after each start. */
const small = ['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'];

/** A peer that is gone makes these warn many times a second. */
const noisy = [
  'org.apache.kafka.clients.NetworkClient',
  'org.apache.kafka.server.NodeToControllerRequestThread',
];
const logging = [
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  ...noisy.map((name) => `-Dorg.slf4j.simpleLogger.log.${name}=error`),
];

/** Arguments of `java` for one of Kafka's programs. */
export const javaArguments = (
  { jars, archive }: Pick<KafkaTools, 'jars' | 'archive'>,
  program: readonly string[],
  extra: readonly string[] = [],
): readonly string[] => [
  ...small,
  ...(archive === null ? [] : [`-XX:SharedArchiveFile=${archive}`]),
  ...extra,
  ...logging,
  '-cp',
  classPath(jars),
  ...program,
];

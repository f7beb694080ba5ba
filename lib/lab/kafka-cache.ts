import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { CommandFailed } from './lab-errors';
import type { Machine } from './machine';
import { executableFolders, runTool } from './run-tool';

/** Kafka's brokers want Java 17 since 4.0. */
export const oldestJava = 17;

/** Where Kafka's jars are kept; a link to the newest complete folder. */
export const kafkaCacheOf = (machine: Machine): string => join(machine.projectFolder, '.cache', 'kafka');

/** What one complete folder holds. */
export interface KafkaInstallation {
  readonly folder: string;
  readonly jars: string;
  /** Written last: which pom the jars were brought by. */
  readonly mark: string;
}

export const kafkaIn = (folder: string): KafkaInstallation => ({
  folder,
  jars: join(folder, 'jars'),
  mark: join(folder, 'complete'),
});

const pomOf = (machine: Machine): string => readFileSync(machine.kafkaPomPath, 'utf8');

/** Another pom is another installation. */
export const kafkaMarkOf = (machine: Machine): string =>
  createHash('sha256').update(pomOf(machine)).digest('hex');

/** The broker's version that the pom pins. */
export const kafkaVersionOf = (machine: Machine): string | null =>
  /<artifactId>kafka_[\d.]+<\/artifactId>\s*<version>([\d.]+)</.exec(pomOf(machine))?.[1] ?? null;

/** The folder with everything that the pom pins, as a real path; null while there is none. */
export function findKafka(machine: Machine): KafkaInstallation | null {
  const cache = kafkaCacheOf(machine);
  const { mark } = kafkaIn(cache);
  if (!existsSync(mark) || readFileSync(mark, 'utf8').trim() !== kafkaMarkOf(machine)) return null;
  // A JVM's archive of classes is bound to the paths that it was made with.
  return kafkaIn(realpathSync(cache));
}

/** Pinned, as everything that is not of Maven itself. */
const copyGoal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

/** How Maven is asked for the jars. */
export const mavenArguments = (machine: Machine, jars: string): readonly string[] => [
  '--batch-mode',
  '--quiet',
  '--file',
  machine.kafkaPomPath,
  copyGoal,
  '-DincludeScope=runtime',
  `-DoutputDirectory=${jars}`,
];

export interface Java {
  readonly path: string;
  readonly version: string;
}

function askJava(path: string): readonly Java[] {
  try {
    const answer = runTool({ command: path, args: ['--version'], timeoutMs: 10_000 });
    const version = /\d+(\.\d+)*/.exec(answer)?.[0] ?? '';
    return Number.parseInt(version, 10) >= oldestJava ? [{ path, version }] : [];
  } catch (error) {
    if (error instanceof CommandFailed) return [];
    throw error;
  }
}

/** The first Java that can run a broker; null when there is none. */
export function findJava(folders = executableFolders()): Java | null {
  const candidates = folders.map((folder) => join(folder, 'java')).filter((path) => existsSync(path));
  for (const path of new Set(candidates)) {
    const [java] = askJava(path);
    if (java !== undefined) return java;
  }
  return null;
}

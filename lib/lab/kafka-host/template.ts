import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newFolderFor } from '../versioned-cache';
import { runCommand } from '../run-tool';
import { createKafkaFiles } from './host-files';
import { javaArguments } from './java-command';
import type { KafkaTools } from './kafka-host';
import { serverConfig } from './server-config';

/** Made once for an installation of Kafka. */
export interface KafkaTemplate {
  /** The cluster's first metadata: which features it has. The same for every broker and every cluster. */
  readonly bootstrap: string;
  /** A JVM other than the one that made it passes it over. */
  readonly archive: string;
}

/** 2 to 4 s measured, most of it the archive. */
const formatMs = 60_000;

const templateIn = (folder: string): KafkaTemplate => ({
  bootstrap: join(folder, 'bootstrap.checkpoint'),
  archive: join(folder, 'classes.jsa'),
});

/** Any place will do: the tool only checks that the settings fit together. */
const anywhere = { id: 1, zone: 'az-a', listen: '127.0.0.1', port: 9_092, controllerPort: 9_093 };

async function build(tools: Pick<KafkaTools, 'java' | 'jars'>, half: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'evac-kafka-'));
  try {
    const files = createKafkaFiles(folder);
    writeFileSync(files.config, serverConfig(files, anywhere, [anywhere]));
    const cluster = 'AAAAAAAAAAAAAAAAAAAAAQ';
    const format = ['kafka.tools.StorageTool', 'format', '--cluster-id', cluster, '--config', files.config];
    const { archive, bootstrap } = templateIn(half);
    mkdirSync(half, { recursive: true });
    const args = javaArguments({ ...tools, archive: null }, format, [`-XX:ArchiveClassesAtExit=${archive}`]);
    await runCommand({ command: tools.java, args, timeoutMs: formatMs });
    renameSync(join(files.data, 'bootstrap.checkpoint'), bootstrap);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * What Kafka's own format tool makes, kept beside the jars: a start of the JVM for each broker would take seconds.
 * @throws CommandFailed with what the tool said.
 */
export async function ensureKafkaTemplate(
  tools: Pick<KafkaTools, 'java' | 'jars'>,
  installation: string,
): Promise<KafkaTemplate> {
  const folder = join(installation, 'template');
  if (existsSync(folder)) return templateIn(folder);
  const half = newFolderFor(folder);
  try {
    await build(tools, half);
    // Somebody else may have been faster; both made the same.
    if (!existsSync(folder)) renameSync(half, folder);
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
  return templateIn(folder);
}

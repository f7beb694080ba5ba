import { join } from 'node:path';
import { findCgroupMount } from './layout';
import { postgresFolders } from './postgres-binaries';
import { executableFolders } from './run-tool';

/** Where parts are looked for and put; a value, so that a test can describe a machine that lacks something. */
export interface Machine {
  /** The project's own folder: Kafka's jars and parts in Python go to its .cache. */
  readonly projectFolder: string;
  /** The emulator and all it needs, pinned. */
  readonly requirementsPath: string;
  /** Kafka's jars, pinned. */
  readonly kafkaPomPath: string;
  readonly commandFolders: readonly string[];
  readonly postgresFolders: readonly string[];
  /** Where Debian's PostgreSQL packages read whether to start a server of their own when installed. */
  readonly clusterConfigPath: string;
  readonly isRoot: boolean;
  readonly cgroupMount: string | null;
  readonly nodeVersion: string;
}

export function describeMachine(projectFolder: string): Machine {
  return {
    projectFolder,
    requirementsPath: join(projectFolder, 'lib/lab/emulator/requirements.txt'),
    kafkaPomPath: join(projectFolder, 'lib/lab/kafka-host/pom.xml'),
    commandFolders: executableFolders(),
    postgresFolders: postgresFolders(),
    clusterConfigPath: '/etc/postgresql-common/createcluster.conf',
    isRoot: process.getuid?.() === 0,
    cgroupMount: findCgroupMount(),
    nodeVersion: process.versions.node,
  };
}

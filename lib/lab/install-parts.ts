import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { withInstallLock } from './install-lock';
import { kafkaCacheOf, kafkaIn, kafkaMarkOf, mavenArguments } from './kafka-cache';
import { CommandFailed, PartsMissing } from './lab-errors';
import type { Machine } from './machine';
import { findGo, minioCacheOf, minioMarkOf, minioModule, minioVersion } from './minio-cache';
import type { Part, PartName, Wanted } from './parts';
import { findParts, missingParts, noMainCluster, partNames } from './parts';
import { findPython, pythonCacheOf, pythonOf } from './python-cache';
import { findExecutable, runCommand } from './run-tool';
import { adoptFolder, newFolderFor } from './versioned-cache';

/**
 * Measured on 2 cores: update 8 s, PostgreSQL 25 s, environment 5 s, packages 12 s, Kafka's jars 16 s, MinIO 160 s; a slow
 * network gets ten times that, a busy machine six times MinIO's.
 */
const deadlinesMs = {
  update: 120_000,
  install: 300_000,
  environment: 90_000,
  packages: 240_000,
  jars: 240_000,
  build: 960_000,
} as const;

/** Longer than everything above that an installer does one after another. */
const lockSeconds = 1_800;

export type Report = (line: string) => void;

interface Step {
  readonly command: string;
  readonly args: readonly string[];
  readonly timeoutMs: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Installers need the machine's own configuration (proxies, indexes), so they inherit the environment. */
function run(report: Report, step: Step): Promise<string> {
  report(`${step.command} ${step.args.join(' ')}`);
  const inherited = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  return runCommand({ ...step, env: { ...Object.fromEntries(inherited), ...step.env } });
}

function aptGet(machine: Machine, args: readonly string[], timeoutMs: number): Step {
  const command = findExecutable('apt-get', machine.commandFolders) ?? 'apt-get';
  // Another apt-get may run on a fresh machine (its own first updates): wait for it instead of failing.
  const patience = ['-o', 'DPkg::Lock::Timeout=120'];
  return { command, args: [...patience, ...args], timeoutMs, env: { DEBIAN_FRONTEND: 'noninteractive' } };
}

/** Sets the one line, whatever it was; the file's other settings stay. */
function refuseMainCluster(path: string): void {
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const line = /^#?\s*create_main_cluster\s*=.*$/m;
  const after = line.test(before) ? before.replace(line, noMainCluster) : `${before}\n${noMainCluster}\n`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, after);
}

async function installPackages(machine: Machine, packages: readonly string[], report: Report): Promise<void> {
  if (packages.length === 0) return;
  const install = (names: readonly string[]): Promise<string> =>
    run(report, aptGet(machine, ['install', '-y', '--no-install-recommends', ...names], deadlinesMs.install));
  await run(report, aptGet(machine, ['update'], deadlinesMs.update));
  if (packages.includes('postgresql')) {
    await install(['postgresql-common']);
    refuseMainCluster(machine.clusterConfigPath);
  }
  await install(packages);
}

/** Nobody's environment is touched: no index is named, and what the user set for pip's target does not apply here. */
const pipEnvironment = { PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_NO_INPUT: '1', PIP_USER: '0' };

async function installEmulator(machine: Machine, report: Report): Promise<void> {
  const python = findPython(machine);
  if (python === null) return;
  const cache = pythonCacheOf(machine);
  const environment = newFolderFor(cache);
  await run(report, {
    command: python.path,
    args: ['-m', 'venv', environment],
    timeoutMs: deadlinesMs.environment,
  });
  await run(report, {
    command: pythonOf(environment),
    args: ['-m', 'pip', 'install', '--quiet', '-r', machine.requirementsPath],
    timeoutMs: deadlinesMs.packages,
    env: pipEnvironment,
  });
  adoptFolder(environment, cache);
}

async function installKafka(machine: Machine, report: Report): Promise<void> {
  const command = findExecutable('mvn', machine.commandFolders);
  if (command === null) return;
  const cache = kafkaCacheOf(machine);
  const { folder, jars, mark } = kafkaIn(newFolderFor(cache));
  await run(report, { command, args: mavenArguments(machine, jars), timeoutMs: deadlinesMs.jars });
  writeFileSync(mark, kafkaMarkOf(machine));
  adoptFolder(folder, cache);
}

/** Go says nothing while it builds; so that nobody takes it for hung. */
const stillEveryMs = 20_000;

async function installMinio(machine: Machine, report: Report): Promise<void> {
  const go = findGo(machine);
  if (go === null) return;
  const cache = minioCacheOf(machine);
  const folder = newFolderFor(cache);
  const startedMs = performance.now();
  const seconds = (): number => Math.round((performance.now() - startedMs) / 1000);
  report('MinIO is built from its source: about three minutes on two cores');
  const still = setInterval(() => report(`MinIO is still being built, ${seconds()} s so far`), stillEveryMs);
  try {
    await run(report, {
      command: go.path,
      args: ['install', '-ldflags=-s -w', minioModule],
      timeoutMs: deadlinesMs.build,
      env: { GOBIN: folder },
    });
  } finally {
    clearInterval(still);
  }
  writeFileSync(minioMarkOf(folder), `${minioVersion}\n`);
  report(`MinIO was built in ${seconds()} s`);
  adoptFolder(folder, cache);
}

const notOnDebian = (missing: readonly Part[], machine: Machine): readonly Part[] =>
  findExecutable('apt-get', machine.commandFolders) === null
    ? missing.filter((each) => each.debianPackages.length > 0)
    : [];

/** Not the system's: they go to the project's own cache. */
const ownInstallation: readonly PartName[] = [partNames.emulator, partNames.kafka, partNames.minio];

/** What no command of ours can bring: root, the kernel's abilities, another Node, packages where there is no apt-get. */
function notInstallable(missing: readonly Part[], machine: Machine): readonly Part[] {
  const byHand = missing.filter(
    ({ name, debianPackages }) => debianPackages.length === 0 && !ownInstallation.includes(name),
  );
  // Namespaces are tried with tools that may yet be installed.
  const toolsMissing = missing.some(({ name }) => name === partNames.iproute || name === partNames.nftables);
  const hopeless = byHand.filter(
    ({ name }) => !(name === partNames.namespaces && toolsMissing && machine.isRoot),
  );
  return [...hopeless, ...notOnDebian(missing, machine)];
}

async function installMissing(
  machine: Machine,
  wanted: Wanted | undefined,
  report: Report,
): Promise<readonly Part[]> {
  // Looked at again: whoever held the lock before may have installed it.
  const packages = missingParts(findParts(machine, wanted)).flatMap((each) => each.debianPackages);
  await installPackages(machine, packages, report);
  const stillMissing = missingParts(findParts(machine, wanted)).map(({ name }) => name);
  if (stillMissing.includes(partNames.emulator)) await installEmulator(machine, report);
  if (stillMissing.includes(partNames.kafka)) await installKafka(machine, report);
  if (stillMissing.includes(partNames.minio)) await installMinio(machine, report);
  return findParts(machine, wanted);
}

/**
 * Makes sure that all parts, or those that are wanted, are there, installing what is missing when asked to and able to (Debian as root;
 * Kafka's jars and Python's parts into the project's cache). Several processes may do this at once. Answers all parts, found.
 * @throws PartsMissing with the exact commands; nothing but installations was done.
 */
export async function ensureParts(
  machine: Machine,
  options: { readonly install: boolean; readonly wanted?: Wanted; readonly report?: Report },
): Promise<readonly Part[]> {
  const { wanted } = options;
  const parts = findParts(machine, wanted);
  const missing = missingParts(parts);
  if (missing.length === 0) return parts;
  if (!options.install || notInstallable(missing, machine).length > 0) throw new PartsMissing(missing);
  const lock = { path: join(machine.projectFolder, '.cache', 'install.lock'), waitSeconds: lockSeconds };
  const report = options.report ?? ((): void => undefined);
  const now = await withInstallLock(lock, () => installMissing(machine, wanted, report)).catch(
    (error: unknown) => {
      if (error instanceof CommandFailed) throw new PartsMissing(missing, { cause: error });
      throw error;
    },
  );
  if (missingParts(now).length > 0) throw new PartsMissing(missingParts(now));
  return now;
}

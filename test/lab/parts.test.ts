import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { DeadlineExceeded } from '../../lib/domain/errors';
import { doctor } from '../../lib/lab/doctor';
import { withInstallLock } from '../../lib/lab/install-lock';
import { ensureParts } from '../../lib/lab/install-parts';
import { findJava, findKafka, kafkaIn } from '../../lib/lab/kafka-cache';
import { PartsMissing } from '../../lib/lab/lab-errors';
import type { Machine } from '../../lib/lab/machine';
import { describeMachine } from '../../lib/lab/machine';
import { isCompleteMinio, minioCacheOf, minioMarkOf, minioOf, minioVersion } from '../../lib/lab/minio-cache';
import { findParts, missingParts, partNames, pathOf } from '../../lib/lab/parts';
import { findPostgres } from '../../lib/lab/postgres-binaries';
import { isCompleteEnvironment, pythonCacheOf } from '../../lib/lab/python-cache';
import { findExecutable } from '../../lib/lab/run-tool';
import { waitUntil } from '../../lib/lab/wait-until';
import { describeOnLab } from './requirements';

const projectFolder = resolve(__dirname, '../..');

/**
 * Machines that lack something: folders with the real tools but some, and an apt-get that is a small script
 * which writes down what it was asked and "installs" by linking the real tool.
 */
describeOnLab('parts', () => {
  let folder: string;
  let bin: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'evt-h1-parts-'));
    bin = join(folder, 'bin');
    mkdirSync(bin);
    mkdirSync(join(folder, 'project', '.cache'), { recursive: true });
    writeFileSync(requirements(), '');
    writeFileSync(pom(), readFileSync(join(projectFolder, 'lib/lab/kafka-host/pom.xml')));
    giveKafka();
    giveMinio(minioVersion);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const requirements = (): string => join(folder, 'requirements.txt');
  const pom = (): string => join(folder, 'pom.xml');
  const kafkaCache = (): string => join(folder, 'project', '.cache', 'kafka');
  /** Jars that count as complete: what is in them is not looked at. */
  const giveKafka = (): void => {
    const { jars, mark } = kafkaIn(kafkaCache());
    mkdirSync(jars, { recursive: true });
    writeFileSync(mark, `${createHash('sha256').update(readFileSync(pom())).digest('hex')}\n`);
  };
  const aptLog = (): string =>
    existsSync(join(folder, 'apt.log')) ? readFileSync(join(folder, 'apt.log'), 'utf8') : '';
  const realTools = [
    'ip',
    'nft',
    'nsenter',
    'unshare',
    'setpriv',
    'ipcrm',
    'flock',
    'redis-check-rdb',
    'java',
    'sh',
    'python3',
  ];
  const script = (name: string, text: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  /** As much of a server as is looked at. */
  const writeServer = (path: string, version: string): string => {
    mkdirSync(path, { recursive: true });
    for (const name of ['initdb', 'pg_ctl', 'pg_basebackup', 'pg_rewind', 'psql'])
      writeFileSync(join(path, name), '');
    writeFileSync(join(path, 'postgres'), `#!/bin/sh\necho "postgres (PostgreSQL) ${version}"\n`);
    chmodSync(join(path, 'postgres'), 0o755);
    return path;
  };
  const real = (name: string): string => findExecutable(name) ?? '';

  const machineWithout = (lacking: readonly string[], changes: Partial<Machine> = {}): Machine => {
    for (const tool of realTools.filter((name) => !lacking.includes(name)))
      symlinkSync(real(tool), join(bin, tool));
    return {
      ...describeMachine(join(folder, 'project')),
      requirementsPath: requirements(),
      kafkaPomPath: pom(),
      commandFolders: [bin],
      postgresFolders: [writeServer(join(folder, 'server'), '16.2')],
      clusterConfigPath: join(folder, 'etc', 'createcluster.conf'),
      ...changes,
    };
  };
  const withApt = (onInstall: string): void =>
    script(
      'apt-get',
      `echo "$DEBIAN_FRONTEND $*" >> ${folder}/apt.log\ncase "$*" in *" install "*) ${onInstall} ;; esac`,
    );
  /** An environment that counts as complete for empty requirements. */
  const givePython = (): void => {
    const environment = join(folder, 'project', '.cache', 'python');
    mkdirSync(join(environment, 'bin'), { recursive: true });
    mkdirSync(join(environment, 'lib', 'python3.11', 'site-packages'), { recursive: true });
    symlinkSync(real('python3'), join(environment, 'bin', 'python'));
  };
  const minioFolder = (): string => join(folder, 'project', '.cache', 'minio');
  const giveMinio = (version: string): void => {
    mkdirSync(minioFolder(), { recursive: true });
    writeFileSync(minioOf(minioFolder()), '');
    writeFileSync(minioMarkOf(minioFolder()), `${version}\n`);
  };
  const goLog = (): string =>
    existsSync(join(folder, 'go.log')) ? readFileSync(join(folder, 'go.log'), 'utf8') : '';
  /** As much of Go as is asked: its version, and that it leaves a command in GOBIN. */
  const giveGo = (version: string, build = 'mkdir -p $GOBIN; echo built > $GOBIN/minio'): void =>
    script(
      'go',
      `[ "$1" = env ] && echo go${version} && exit 0\necho "$*" >> ${folder}/go.log\nPATH=/usr/bin:/bin; ${build}`,
    );
  const missingNames = (machine: Machine): readonly string[] =>
    missingParts(findParts(machine)).map(({ name }) => name);
  const refusal = async (promise: Promise<unknown>): Promise<PartsMissing> => {
    const error: unknown = await promise.catch((reason: unknown) => reason);
    if (error instanceof PartsMissing) return error;
    throw new Error(`not refused: ${String(error)}`);
  };

  test('that are all there are found, with their versions, and nothing is installed', async () => {
    givePython();
    withApt('exit 1');
    const machine = machineWithout([]);
    const parts = await ensureParts(machine, { install: true });
    expect(missingParts(parts)).toEqual([]);
    expect(pathOf(parts, partNames.iproute)).toBe(join(bin, 'ip'));
    expect(parts.find(({ name }) => name === partNames.nftables)?.version).toMatch(/^\d+\.\d+/);
    expect(doctor(machine)).toMatchObject({ ready: true, commands: [] });
    expect(aptLog()).toBe('');
  });

  test('that are missing are named with the exact commands, and nothing is done', async () => {
    withApt('exit 1');
    const machine = machineWithout(['nft']);
    expect(missingNames(machine)).toEqual(['nftables', 'network namespaces', 'MiniStack']);
    const error = await refusal(ensureParts(machine, { install: false }));
    expect(error.message).toContain('nothing was started');
    expect(error.message).toContain('apt-get install -y --no-install-recommends nftables');
    expect(error.message).toContain(`-m pip install -r ${requirements()}`);
    expect(error.message).not.toMatch(/https?:|index/);
    expect(() => pathOf(findParts(machine), partNames.nftables)).toThrow(PartsMissing);
    expect(doctor(machine).lines).toContain('missing  nftables');
    expect(aptLog()).toBe('');
  });

  test('are installed on Debian, once, update first', async () => {
    givePython();
    withApt(`ln -s ${real('nft')} ${bin}/nft`);
    const machine = machineWithout(['nft']);
    const said: string[] = [];
    await ensureParts(machine, { install: true, report: (line) => said.push(line) });
    expect(aptLog().split('\n')).toEqual([
      'noninteractive -o DPkg::Lock::Timeout=120 update',
      'noninteractive -o DPkg::Lock::Timeout=120 install -y --no-install-recommends nftables',
      '',
    ]);
    expect(said.length).toBe(2);
  });

  test('PostgreSQL is installed without a server of Debian’s own', async () => {
    givePython();
    const config = join(folder, 'etc', 'createcluster.conf');
    const server = join(folder, 'pg', 'bin');
    mkdirSync(join(folder, 'etc'));
    writeFileSync(config, "# comment\n#create_main_cluster = true\nstart_conf = 'auto'\n");
    // The package "starts a server" unless it was told not to before.
    withApt(`case "$*" in *" postgresql") grep -q '^create_main_cluster = false' ${config} || exit 9
      mkdir ${folder}/pg && ln -s ${folder}/server ${server} ;; esac`);
    const machine = machineWithout([], { postgresFolders: [server], clusterConfigPath: config });
    expect(missingNames(machine)).toEqual(['PostgreSQL']);
    const parts = await ensureParts(machine, { install: true });
    expect(pathOf(parts, partNames.postgres)).toBe(server);
    expect(readFileSync(config, 'utf8')).toBe(
      "# comment\ncreate_main_cluster = false\nstart_conf = 'auto'\n",
    );
  });

  test('an older or half PostgreSQL is none', () => {
    const half = join(folder, 'half');
    mkdirSync(half);
    writeFileSync(join(half, 'postgres'), '');
    expect(findPostgres([half])).toBeNull();
    const old = writeServer(join(folder, 'old'), '14.9');
    expect(findPostgres([old])).toBeNull();
    expect(findPostgres([half, writeServer(old, '18.1')])).toEqual({ folder: old, version: '18.1' });
  });

  test('an installation that fails says what it said, and how to do it by hand', async () => {
    givePython();
    withApt('echo "E: no network" >&2; exit 100');
    const error = await refusal(ensureParts(machineWithout(['nft']), { install: true }));
    expect(error.message).toContain('apt-get update');
    expect(String(error.cause)).toContain('E: no network');
  });

  test('an installation that changes nothing is not believed', async () => {
    givePython();
    withApt('true');
    const error = await refusal(ensureParts(machineWithout(['nft']), { install: true }));
    expect(error.parts.map(({ name }) => name)).toEqual(['nftables', 'network namespaces']);
  });

  const mavenBringing = (act: string): void =>
    script(
      'mvn',
      `echo "$*" >> ${folder}/mvn.log; for each in "$@"; do case "$each" in -DoutputDirectory=*)
      jars="\${each#*=}" ;; esac; done; ${act}`,
    );

  test('Kafka’s jars are brought by Maven, once, whole or not at all, and another pin brings others', async () => {
    givePython();
    const machine = machineWithout([]);
    expect(findParts(machine).find(({ name }) => name === 'Kafka')).toMatchObject({
      found: kafkaCache(),
      version: '4.3.1',
    });
    writeFileSync(pom(), readFileSync(pom(), 'utf8').replace('4.3.1', '4.3.2'));
    expect(missingNames(machine)).toEqual(['Maven', 'Kafka']);
    withApt(`ln -s ${folder}/mvn ${bin}/mvn`);
    mavenBringing('mkdir -p "$jars" && echo half > "$jars/kafka.jar"; echo "no network" >&2; exit 1');
    renameSync(join(bin, 'mvn'), join(folder, 'mvn'));
    const error = await refusal(ensureParts(machine, { install: true }));
    expect(String(error.cause)).toContain('no network');
    expect(aptLog()).toContain('install -y --no-install-recommends maven');
    expect(missingNames(machine)).toEqual(['Kafka']);
    mavenBringing('mkdir -p "$jars" && echo whole > "$jars/kafka.jar"');
    const said: string[] = [];
    const installs = [1, 2].map(() =>
      ensureParts(machine, { install: true, report: (line) => said.push(line) }),
    );
    await Promise.all(installs);
    expect(said).toEqual([expect.stringContaining(`--file ${pom()} org.apache.maven.plugins:`)]);
    expect(readFileSync(join(kafkaCache(), 'jars', 'kafka.jar'), 'utf8')).toBe('whole\n');
    const left = readdirSync(join(folder, 'project', '.cache')).filter((name) => name.startsWith('kafka'));
    expect(left.length).toBe(2);
    expect(findKafka(machine)?.folder).toMatch(/kafka-\d+-\d+$/);
  });

  test('the commands that doctor prints bring the jars, too', async () => {
    givePython();
    mavenBringing('mkdir -p "$jars" && echo by hand > "$jars/kafka.jar"');
    const machine = machineWithout([]);
    rmSync(kafkaCache(), { recursive: true });
    const { ready, commands } = doctor(machine);
    expect(ready).toBe(false);
    for (const command of commands)
      execFileSync('sh', ['-c', command], { env: { PATH: `${bin}:/usr/bin:/bin` } });
    expect(doctor(machine)).toMatchObject({ ready: true, commands: [] });
  });

  test('a Java that is too old, or none at all, is passed over', () => {
    givePython();
    script('java', 'echo "openjdk 11.0.2 2019-01-15"');
    const machine = machineWithout(['java']);
    expect(missingNames(machine)).toEqual(['Java']);
    expect(doctor(machine).commands.join()).toContain('default-jre-headless');
    script('java', 'echo "not that one" >&2; exit 3');
    expect(findJava([bin])).toBeNull();
    script('java', 'echo "openjdk 21.0.2 2024-01-16"');
    expect(findJava([bin])).toEqual({ path: join(bin, 'java'), version: '21.0.2' });
  });

  test('are not installed by anybody but root, nor without apt-get: the commands are printed', async () => {
    givePython();
    withApt('exit 1');
    const someone = await refusal(ensureParts(machineWithout([], { isRoot: false }), { install: true }));
    expect(someone.message).toContain('sudo');
    rmSync(join(bin, 'apt-get'));
    rmSync(join(bin, 'nft'));
    const elsewhere = {
      ...describeMachine(join(folder, 'project')),
      requirementsPath: requirements(),
      kafkaPomPath: pom(),
      commandFolders: [bin],
    };
    const fedora = await refusal(ensureParts(elsewhere, { install: true }));
    expect(fedora.message).toContain("this system's package manager");
    expect(aptLog()).toBe('');
  });

  test('a kernel that refuses is found out by trying', () => {
    givePython();
    script('nft', '[ "$1" = --version ] && echo "nftables v1.0.6" || exit 1');
    expect(missingNames(machineWithout(['nft']))).toEqual(['network namespaces']);
  });

  test('an old Node and a missing cgroup v2 are named', () => {
    givePython();
    const machine = machineWithout([], { nodeVersion: '20.20.0', cgroupMount: null });
    expect(missingNames(machine)).toEqual(['node', 'cgroup v2']);
    expect(missingNames({ ...machine, nodeVersion: '22.1.0', cgroupMount: '/proc/no-such' })).toEqual([
      'cgroup v2',
    ]);
  });

  test('a Python without venv is passed over; when there is no other, Debian’s packages are asked for', async () => {
    script('python3', 'echo "No module named ensurepip" >&2; exit 1');
    withApt(`rm ${bin}/python3; ln -s ${real('python3')} ${bin}/python3`);
    const machine = machineWithout(['python3']);
    expect(missingNames(machine)).toEqual(['Python', 'MiniStack']);
    await ensureParts(machine, { install: true });
    expect(aptLog()).toContain('install -y --no-install-recommends python3 python3-venv');
    expect(isCompleteEnvironment(machine, pythonCacheOf(machine))).toBe(true);
  }, 60_000);

  test('two installers at once make one whole environment, and what a crashed one left goes', async () => {
    const machine = machineWithout([]);
    const cache = join(folder, 'project', '.cache');
    mkdirSync(join(cache, 'python-1-1', 'bin'), { recursive: true });
    // A half environment, as a killed pip leaves it: no link, a real folder.
    mkdirSync(join(cache, 'python', 'bin'), { recursive: true });
    const said: string[] = [];
    const installs = [1, 2].map(() =>
      ensureParts(machine, { install: true, report: (line) => said.push(line) }),
    );
    await Promise.all(installs);
    expect(said.filter((line) => line.includes('-m venv')).length).toBe(1);
    expect(isCompleteEnvironment(machine, pythonCacheOf(machine))).toBe(true);
    expect(readdirSync(cache).filter((name) => name.startsWith('python')).length).toBe(2);
    // Another version is pinned: the environment is not complete any more.
    writeFileSync(requirements(), 'six==0.0.1\n');
    expect(isCompleteEnvironment(machine, pythonCacheOf(machine))).toBe(false);
  }, 60_000);

  test('an environment is complete only with every pinned version, spelt as pip spells it', () => {
    givePython();
    const machine = machineWithout([]);
    const packages = join(pythonCacheOf(machine), 'lib', 'python3.11', 'site-packages');
    writeFileSync(requirements(), '# pinned\npython-dateutil==2.9.0.post0\nPyYAML==6.0.3\n');
    mkdirSync(join(packages, 'pyyaml-6.0.3.dist-info'));
    expect(isCompleteEnvironment(machine, pythonCacheOf(machine))).toBe(false);
    mkdirSync(join(packages, 'python_dateutil-2.9.0.post0.dist-info'));
    expect(isCompleteEnvironment(machine, pythonCacheOf(machine))).toBe(true);
  });

  test('MinIO is built once by two installers at the same time, says so, and what a crashed one left goes', async () => {
    givePython();
    giveGo('1.24.4');
    const machine = machineWithout([]);
    const cache = join(folder, 'project', '.cache');
    rmSync(minioMarkOf(minioFolder()));
    mkdirSync(join(cache, 'minio-1-1'));
    expect(missingNames(machine)).toEqual(['MinIO']);
    expect(doctor(machine).commands.join()).toContain(
      `go install -ldflags='-s -w' github.com/minio/minio@${minioVersion}`,
    );
    const said: string[] = [];
    const report = (line: string): void => void said.push(line);
    await Promise.all([1, 2].map(() => ensureParts(machine, { install: true, report })));
    expect(goLog()).toBe(`install -ldflags=-s -w github.com/minio/minio@${minioVersion}\n`);
    expect(said.filter((line) => line.includes('MinIO was built')).length).toBe(1);
    expect(readFileSync(minioOf(minioCacheOf(machine)), 'utf8')).toBe('built\n');
    expect(isCompleteMinio(minioCacheOf(machine))).toBe(true);
    expect(readdirSync(cache).filter((name) => name.startsWith('minio')).length).toBe(2);
  });

  test('a MinIO of another version is built anew, and one whose build failed is still missing', async () => {
    givePython();
    giveMinio('v0.0.0-20250101000000-000000000000');
    giveGo('1.24.4', 'echo "proxy: not found" >&2; mkdir -p $GOBIN; echo half > $GOBIN/minio; exit 1');
    const machine = machineWithout([]);
    const error = await refusal(ensureParts(machine, { install: true }));
    expect(String(error.cause)).toContain('proxy: not found');
    expect(missingNames(machine)).toEqual(['MinIO']);
  });

  test('a Go that is too old to fetch its toolchain, or does not run, is passed over', async () => {
    givePython();
    rmSync(minioFolder(), { recursive: true });
    giveGo('1.19.8');
    withApt('true');
    const machine = machineWithout([]);
    expect(missingNames(machine)).toEqual(['Go', 'MinIO']);
    const error = await refusal(ensureParts(machine, { install: true }));
    expect(error.message).toContain('Go 1.21 or newer');
    expect(aptLog()).toContain('install -y --no-install-recommends golang-go');
    script('go', 'exit 3');
    expect(missingNames(machine)).toEqual(['Go', 'MinIO']);
  });

  test('of this machine: the lab’s own project is described as it is', () => {
    const { parts } = doctor(describeMachine(projectFolder));
    expect(parts.map(({ name }) => name)).toEqual(Object.values(partNames));
    for (const name of [partNames.root, partNames.nftables, partNames.namespaces]) pathOf(parts, name);
  });

  test('the lock waits for its holder, gives up after its time, and dies with a killed holder', async () => {
    const path = join(folder, 'lock');
    const hold = `flock ${path} sh -c 'echo held > ${folder}/held; exec sleep 300'`;
    const holder = spawn('sh', ['-c', hold], { detached: true, stdio: 'ignore' });
    await waitUntil({ what: 'the lock', timeoutMs: 5_000 }, () => existsSync(join(folder, 'held')));
    const act = async (): Promise<number> => 7;
    await expect(withInstallLock({ path, waitSeconds: 1 }, act)).rejects.toThrow(DeadlineExceeded);
    process.kill(-(holder.pid ?? 0), 'SIGKILL');
    expect(await withInstallLock({ path, waitSeconds: 5 }, act)).toBe(7);
    const failing = withInstallLock({ path, waitSeconds: 5 }, () => Promise.reject(new Error('inside')));
    await expect(failing).rejects.toThrow('inside');
    expect(await withInstallLock({ path, waitSeconds: 5 }, act)).toBe(7);
  }, 20_000);
});

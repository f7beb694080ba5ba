import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DeadlineExceeded } from '../domain/errors';
import type { LabLayout } from './layout';
import { hostPlace } from './layout';
import { CommandFailed, LabNotUp } from './lab-errors';
import type { ProcessIdentity } from './process-identity';
import { identify, sendSignal } from './process-identity';
import type { LabRecord } from './record';
import { collectText, requireExecutable, runTool } from './run-tool';

interface PlacedCommand {
  /** A zone, `clients`, `region` or `host`. */
  readonly place: string;
  /** Absolute path, or a name that is found in the PATH of `env`. */
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment: nothing is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Name or number of the user to become, with that user's own groups; root when absent. */
  readonly user?: string;
}

interface ZoneProcessOptions extends PlacedCommand {
  /** What it is, for the record, `lab status` and the log's file name. */
  readonly name: string;
}

export interface ZoneProcess extends ProcessIdentity {
  readonly name: string;
  readonly place: string;
  readonly logPath: string;
  /** How it ended: exit code, or null and the signal. Never settles once the starting process is gone. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

export interface ZoneProcesses {
  /** Starts a command that outlives this process. Output goes to a log file in the lab's folder. @throws LabNotUp */
  spawnInZone(options: ZoneProcessOptions): ZoneProcess;
  /**
   * Runs a short command and answers its standard output.
   * @throws CommandFailed when it ends with an error, DeadlineExceeded after timeoutMs (it is killed then).
   */
  runInZone(
    options: PlacedCommand & { readonly timeoutMs: number; readonly input?: string },
  ): Promise<string>;
}

/**
 * Joins the cgroup, then becomes the command; the process number stays the same all the way. The cgroup comes first:
 * whatever happens after, `lab down` finds the process there. PWD is the shell's own addition.
 */
const joinThenBecome = 'echo $$ > "$1" || exit 125; shift; unset PWD OLDPWD; exec "$@"';
/** What the shell above ends with when the zone's cgroup is not there any more. */
const couldNotJoin = 125;

/** The group is the user's own: Debian's `nobody` has none of that name. */
function becomeArguments(user: string): readonly string[] {
  const group = runTool({ command: 'id', args: ['-g', user], timeoutMs: 5_000 }).trim();
  return [requireExecutable('setpriv'), `--reuid=${user}`, `--regid=${group}`, '--init-groups'];
}

function enterArguments(layout: LabLayout, options: PlacedCommand): readonly string[] {
  const { place, user } = options;
  const network =
    place === hostPlace ? [] : [requireExecutable('nsenter'), `--net=${layout.namespacePathOf(place)}`];
  const identity = user === undefined ? [] : becomeArguments(user);
  return [...network, ...identity, options.command, ...options.args];
}

/** The one thing that is inherited, when it is there: where a process writes which of its lines ran. */
function coverageVariables(): Readonly<Record<string, string>> {
  const { NODE_V8_COVERAGE: folder, NODE_OPTIONS: options = '' } = process.env;
  return folder === undefined ? {} : { NODE_V8_COVERAGE: folder, NODE_OPTIONS: options };
}

function start(
  layout: LabLayout,
  options: PlacedCommand,
  stdio: ('ignore' | 'pipe' | number)[],
): ChildProcess {
  const cgroup = layout.cgroupOf(options.place);
  if (!existsSync(cgroup))
    throw new LabNotUp(`lab "${layout.lab}" is not up: ${cgroup} is missing; run: evac lab up`);
  const args = [
    '-c',
    joinThenBecome,
    'evac',
    join(cgroup, 'cgroup.procs'),
    ...enterArguments(layout, options),
  ];
  const cwd = options.cwd ?? layout.folder;
  return spawn('/bin/sh', args, {
    cwd,
    env: { ...coverageVariables(), ...options.env },
    stdio,
    detached: true,
  });
}

/** @throws CommandFailed when the kernel could not start anything at all. */
function identityOf(child: ChildProcess, command: string): ProcessIdentity {
  const identity = child.pid === undefined ? null : identify(child.pid);
  if (identity !== null) return identity;
  // The reason comes as an event, after the number that is missing.
  child.once('error', () => undefined);
  throw new CommandFailed(`${command} could not be started; is its working folder there?`, null, '');
}

function openLog(
  layout: LabLayout,
  options: ZoneProcessOptions,
): { readonly logPath: string; readonly log: number } {
  const folder = join(layout.folder, 'logs');
  mkdirSync(folder, { recursive: true });
  const logPath = join(folder, `${options.place}-${options.name}.log`);
  return { logPath, log: openSync(logPath, 'a') };
}

function spawnInZone(record: LabRecord, options: ZoneProcessOptions): ZoneProcess {
  const { logPath, log } = openLog(record.layout, options);
  try {
    const child = start(record.layout, options, ['ignore', log, log]);
    const identity = identityOf(child, options.command);
    const { place, name } = options;
    record.add({ kind: 'process', place, name, ...identity });
    const exited: ZoneProcess['exited'] = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    child.unref();
    return { ...identity, place, name, logPath, exited };
  } finally {
    closeSync(log);
  }
}

function runInZone(layout: LabLayout, options: Parameters<ZoneProcesses['runInZone']>[0]): Promise<string> {
  const child = start(layout, options, ['pipe', 'pipe', 'pipe']);
  const { pid } = identityOf(child, options.command);
  const [stdout, stderr] = [collectText(child.stdout), collectText(child.stderr)];
  // A command may end without reading its input: its exit code says what that means.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.input ?? '');
  const sentence = `${options.command} in ${options.place}`;
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      // The negative number is its own process group: what it started ends with it.
      sendSignal(-pid, 'SIGKILL');
      child.stdout?.destroy();
      child.stderr?.destroy();
      reject(new DeadlineExceeded(`${sentence} did not end within ${options.timeoutMs} ms and was killed`));
    }, options.timeoutMs);
    child.once('close', (code) => {
      clearTimeout(late);
      if (code === 0) return resolve(stdout());
      const why =
        code === couldNotJoin ? 'could not join its cgroup, or ended with 125' : `ended with ${code}`;
      reject(new CommandFailed(`${sentence} ${why}: ${stderr().trim()}`, code, stderr()));
    });
  });
}

/** Starts and runs commands inside the zones of a lab that is up. */
export function createZoneProcesses(record: LabRecord): ZoneProcesses {
  return {
    spawnInZone: (options) => spawnInZone(record, options),
    runInZone: async (options) => runInZone(record.layout, options),
  };
}

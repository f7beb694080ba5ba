import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CommandFailed } from './lab-errors';
import type { Machine } from './machine';
import { runTool } from './run-tool';

/** MiniStack 1.5.33 says: Requires-Python >= 3.10. */
const oldestMinorVersion = 10;

/** The cache's Python environment; a link to the newest complete one. */
export const pythonCacheOf = (machine: Machine): string => join(machine.projectFolder, '.cache', 'python');

export const pythonOf = (environment: string): string => join(environment, 'bin', 'python');

/** PyPI's names are equal when their letters and digits are (PEP 503). */
const normalized = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, '_');

/** What the requirements pin, as the names of the folders that pip leaves for them. */
function requiredFolders(machine: Machine): readonly string[] {
  const lines = readFileSync(machine.requirementsPath, 'utf8').split('\n');
  const pins = lines.map((line) => /^([\w.-]+)==([\w.]+)/.exec(line.trim()));
  return pins.flatMap((pin) => (pin === null ? [] : [normalized(`${pin[1]}-${pin[2]}.dist-info`)]));
}

/** True when an environment's interpreter is there and everything pinned is installed; a few ms. */
export function isCompleteEnvironment(machine: Machine, environment: string): boolean {
  const library = join(environment, 'lib');
  if (!existsSync(pythonOf(environment)) || !existsSync(library)) return false;
  const versions = readdirSync(library).filter((name) => name.startsWith('python3'));
  const packages = versions
    .map((name) => join(library, name, 'site-packages'))
    .filter((path) => existsSync(path));
  const installed = new Set(packages.flatMap((path) => readdirSync(path)).map(normalized));
  return requiredFolders(machine).every((folder) => installed.has(folder));
}

export interface Python {
  readonly path: string;
  readonly version: string;
}

const program = 'import sys, venv, ensurepip; print("%d.%d.%d" % sys.version_info[:3])';

/** Debian's python3 comes without ensurepip, and a version manager's may be too old: each is asked. */
function askPython(path: string): readonly Python[] {
  try {
    const version = runTool({ command: path, args: ['-c', program], timeoutMs: 10_000 }).trim();
    const [major = 0, minor = 0] = version.split('.').map(Number);
    return major === 3 && minor >= oldestMinorVersion ? [{ path, version }] : [];
  } catch (error) {
    if (error instanceof CommandFailed) return [];
    throw error;
  }
}

/** The first Python that can make an environment; null when there is none. */
export function findPython(machine: Machine): Python | null {
  const candidates = machine.commandFolders
    .map((folder) => join(folder, 'python3'))
    .filter((path) => existsSync(path));
  for (const path of new Set(candidates)) {
    const [python] = askPython(path);
    if (python !== undefined) return python;
  }
  return null;
}

import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { LabLayout } from './layout';

/** Where Debian and others put it; loaded into a process, it shifts what the process is told of the wall clock. */
const LIBRARY_FOLDERS = ['/usr/lib', '/usr/local/lib', '/lib'];
/** The one made for processes with several threads, as node's are, first. */
const LIBRARIES = ['faketime/libfaketimeMT.so.1', 'faketime/libfaketime.so.1'];

/** The library that shifts clocks; null when this machine has none. */
export const findFaketime = (folders: readonly string[] = LIBRARY_FOLDERS): string | null => {
  const candidates = folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => [folder, ...readdirSync(folder).map((name) => join(folder, name))])
    .flatMap((folder) => LIBRARIES.map((library) => join(folder, library)));
  return candidates.find((path) => existsSync(path)) ?? null;
};

const ENVIRONMENT = z.record(z.string(), z.string());

/** Variables by which a shifted clock travels from a process to those it starts. */
export const CLOCK_VARIABLES = [
  'LD_PRELOAD',
  'FAKETIME',
  'FAKETIME_DONT_FAKE_MONOTONIC',
  'FAKETIME_NO_CACHE',
] as const;

const fileOf = (layout: LabLayout, zone: string): string => join(layout.folder, 'clocks', `${zone}.json`);
/** The same for a shell to read: Lambdas of the zone are started by one. */
export const clockScriptOf = (layout: LabLayout, zone: string): string =>
  join(layout.folder, 'clocks', `${zone}.sh`);

/**
 * Every process that is started in the zone from now on sees this wall clock; the monotonic one stays, as it would on
 * a host whose clock was set wrong. Null puts it right again.
 */
export const setZoneClock = (
  layout: LabLayout,
  zone: string,
  shift: { readonly library: string; readonly seconds: number } | null,
): void => {
  const paths = [fileOf(layout, zone), clockScriptOf(layout, zone)] as const;
  if (shift === null) return paths.forEach((path) => rmSync(path, { force: true }));
  const environment = {
    // jemalloc, which Redis brings, asks for the time while it is set up; libfaketime then asks for memory, and neither ever
    // gets what it waits for. With glibc's own allocator in front there is no such circle.
    LD_PRELOAD: `${shift.library}:libc.so.6`,
    FAKETIME: `${shift.seconds < 0 ? '-' : '+'}${Math.abs(shift.seconds)}s`,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    FAKETIME_NO_CACHE: '1',
  };
  mkdirSync(dirname(paths[0]), { recursive: true });
  writeFileSync(paths[0], JSON.stringify(environment));
  const lines = Object.entries(environment).map(([name, value]) => `export ${name}='${value}'`);
  writeFileSync(paths[1], `${lines.join('\n')}\n`);
};

/** What a process of the zone needs in its environment; nothing for a zone whose clock is right. */
export const zoneClockEnvironment = (layout: LabLayout, zone: string): Readonly<Record<string, string>> => {
  const path = fileOf(layout, zone);
  return existsSync(path) ? ENVIRONMENT.parse(JSON.parse(readFileSync(path, 'utf8'))) : {};
};

/** This process's own shift, for what it starts with an environment of its own. */
export const inheritedClock = (
  environment: NodeJS.ProcessEnv = process.env,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    CLOCK_VARIABLES.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

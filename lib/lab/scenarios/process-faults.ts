import { readFileSync } from 'node:fs';
import { functionName } from '../../contract/names';
import type { ZoneId } from '../../domain/topology';
import { processesIn } from '../cgroups';
import { LabNotUp } from '../lab-errors';
import type { Lab } from '../lab';
import { isRunning, sendSignal } from '../process-identity';

/** Processes of the lab that are stopped where they stand, until they are let go on. */
export interface Held {
  readonly pids: readonly number[];
  release(): void;
}

const readProc = (pid: number, file: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // It ended between being listed and being looked at.
    return '';
  }
};

/** What a process was started with, NAME=value each. */
export const environmentOf = (pid: number): string => readProc(pid, 'environ');

const signalAll = (pids: readonly number[], signal: NodeJS.Signals): void => {
  for (const pid of pids) sendSignal(pid, signal);
};

/** Every process of the lab, whichever place it is in. */
const processesOf = (lab: Lab): readonly number[] => {
  const { layout } = lab.zones;
  return layout.places.flatMap((place) => processesIn(layout.cgroupOf(place)));
};

/** The processes that run a Lambda now, by the name that the Region gave them in their environment. */
export const lambdaProcesses = (lab: Lab, name: string): readonly number[] => {
  const wanted = `AWS_LAMBDA_FUNCTION_NAME=${functionName(lab.options.topology.workload, name)}`;
  return processesOf(lab).filter((pid) => environmentOf(pid).split('\0').includes(wanted));
};

const holdAll = (what: string, pids: readonly number[]): Held => {
  if (pids.length === 0) throw new LabNotUp(`there is no process of ${what} to stop`);
  signalAll(pids, 'SIGSTOP');
  return { pids, release: () => signalAll(pids, 'SIGCONT') };
};

/** Stops a Lambda in the middle of whatever it does, as a frozen execution environment. @throws LabNotUp */
export const holdLambda = (lab: Lab, name: string): Held =>
  holdAll(`Lambda ${name}`, lambdaProcesses(lab, name));

/** Kills a Lambda in the middle of whatever it does. Answers how many processes that were. */
export const killLambda = (lab: Lab, name: string): number => {
  const pids = lambdaProcesses(lab, name);
  signalAll(pids, 'SIGKILL');
  return pids.length;
};

/** A server's own processes say in their title what they are: `postgres: az-b: walreceiver streaming …`. */
export const serverProcess = (lab: Lab, zone: ZoneId, role: 'startup' | 'walreceiver'): readonly number[] =>
  processesIn(lab.zones.layout.cgroupOf(zone)).filter((pid) =>
    readProc(pid, 'cmdline').startsWith(`postgres: ${zone}: ${role}`),
  );

/** @throws LabNotUp when the server has no such process */
export const holdServerProcess = (lab: Lab, zone: ZoneId, role: 'startup' | 'walreceiver'): Held =>
  holdAll(`the ${role} of PostgreSQL in ${zone}`, serverProcess(lab, zone, role));

/** All processes of a zone's PostgreSQL, at once and without a last word, as a crash of the server. */
export const killServer = (lab: Lab, zone: ZoneId): number => {
  const pids = processesIn(lab.zones.layout.cgroupOf(zone)).filter(
    (pid) => readProc(pid, 'comm').trim() === 'postgres',
  );
  signalAll(pids, 'SIGKILL');
  return pids.length;
};

/** A service of the lab by its name in the record (`emulator`, `orders`), in one place. @throws LabNotUp */
export const holdService = (lab: Lab, place: string, name: string): Held => {
  const pids = lab.zones.record
    .resourcesOf('process')
    .filter((entry) => entry.place === place && entry.name === name && isRunning(entry))
    .map(({ pid }) => pid);
  return holdAll(`${name} in ${place}`, pids);
};

import { readFileSync } from 'node:fs';
import { waitUntil } from './wait-until';

/** A process by number and birth: a number that was given to somebody else since is not this process. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/<pid>/stat, clock ticks since boot. */
  readonly startTicks: number;
}

const readStat = (pid: number): string | null => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
};

/** Fields from the third on: the second, the command's name, may itself hold spaces and brackets. */
const fieldsAfterName = (stat: string): readonly string[] => stat.slice(stat.lastIndexOf(')') + 2).split(' ');

/** The identity of a process that runs now; null when there is none with this number. */
export function identify(pid: number): ProcessIdentity | null {
  const stat = readStat(pid);
  const startTicks = stat === null ? Number.NaN : Number(fieldsAfterName(stat)[19]);
  return Number.isNaN(startTicks) ? null : { pid, startTicks };
}

/** True while this very process runs; a zombie that nobody waited for counts as ended. */
export function isRunning(identity: ProcessIdentity): boolean {
  const stat = readStat(identity.pid);
  if (stat === null) return false;
  const fields = fieldsAfterName(stat);
  return Number(fields[19]) === identity.startTicks && fields[0] !== 'Z' && fields[0] !== 'X';
}

/** Sends a signal; false when no process has this number any more. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/**
 * Ends this very process: SIGTERM and up to graceMs, then SIGKILL. Does nothing when it is gone already.
 * @throws DeadlineExceeded when it survives even that for 5 s.
 */
export async function endProcess(identity: ProcessIdentity, graceMs = 0): Promise<void> {
  const gone = (): boolean => !isRunning(identity);
  if (graceMs > 0 && !gone()) {
    sendSignal(identity.pid, 'SIGTERM');
    const deadlineMs = performance.now() + graceMs;
    const goneOrLate = (): boolean => gone() || performance.now() > deadlineMs;
    await waitUntil({ what: `process ${identity.pid} to end`, timeoutMs: graceMs + 1_000 }, goneOrLate);
  }
  if (gone()) return;
  sendSignal(identity.pid, 'SIGKILL');
  await waitUntil({ what: `process ${identity.pid} to end after SIGKILL`, timeoutMs: 5_000 }, gone);
}

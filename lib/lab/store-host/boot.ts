import { existsSync, rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { SeatAtBoot } from './boot-decision';
import { BootDecision, decideBoot } from './boot-decision';
import { syncFolderOf } from './durable-file';
import type { SeenEpoch } from './seen-epoch';
import type { StoreHost } from './store-host';

/** Null: there is none. Rejects when the state store does not answer. */
export type ReadSeat = () => Promise<SeatAtBoot | null>;

export const BootOutcome = {
  firstStart: 'first-start',
  startedAsWriter: 'started-as-writer',
  leftStopped: 'left-stopped',
  abandoned: 'abandoned',
} as const;
export type BootOutcome = (typeof BootOutcome)[keyof typeof BootOutcome];

export interface BootOptions {
  readonly host: StoreHost;
  readonly seen: SeenEpoch;
  readonly readSeat: ReadSeat;
  readonly retryMs: number;
  /** Aborted when the agent closes or an order came first: an order is newer than any boot. */
  readonly signal: AbortSignal;
}

/** The mark goes, durably, before the server comes: a second start of the same host is never a first one. */
async function firstStart(options: BootOptions): Promise<BootOutcome> {
  const { firstBoot } = options.host.files;
  rmSync(firstBoot);
  syncFolderOf(firstBoot);
  await options.host.startFirst();
  return BootOutcome.firstStart;
}

const abortOf = (signal: AbortSignal): Promise<null> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true }));

/** Asks until the seat decides; an order that comes first does not wait for a silent store. Null: one came. */
async function askSeat(options: BootOptions): Promise<BootDecision | null> {
  const { host, seen, readSeat, retryMs, signal } = options;
  const aborted = abortOf(signal);
  while (!signal.aborted) {
    try {
      const seat = await Promise.race([readSeat(), aborted]);
      const decision = seat === null ? BootDecision.wait : decideBoot(seat, host, seen.current());
      if (seat !== null && seat.epoch >= seen.current()) seen.admit(seat.epoch);
      if (decision !== BootDecision.wait) return decision;
      host.log('the seat does not say yet who starts', { seat });
    } catch (error) {
      host.log('the seat cannot be read', { why: error instanceof Error ? error.message : String(error) });
    }
    await Promise.race([pause(retryMs), aborted]);
  }
  return null;
}

/**
 * §3b.8: an old primary starts only through a check of the seat (`decideBoot`). The seat's writer starts as it is; anybody
 * else stays stopped until a rejoin order comes; while the seat cannot be read, or is being decided, nothing is started.
 */
export async function bootServer(options: BootOptions): Promise<BootOutcome> {
  const { host, signal } = options;
  if (existsSync(host.files.firstBoot)) return firstStart(options);
  const decision = await askSeat(options);
  if (decision === null || signal.aborted) return BootOutcome.abandoned;
  if (decision === BootDecision.leave) return BootOutcome.leftStopped;
  await host.startAsWriter();
  return BootOutcome.startedAsWriter;
}

import { setTimeout as pause } from 'node:timers/promises';
import { DeadlineExceeded } from '../../domain/errors';
import type { Outcome, Seat } from '../../domain/protocol/seat';
import type { StateStore } from '../../ports/state-store';
import type { Instant } from '../load/instant';
import { instantNow } from '../load/instant';

export interface SeenSeat {
  readonly seat: Seat;
  readonly at: Instant;
}

/** What the seat said from the row's beginning on, as an outsider saw it; a state shorter than a look may be missed. */
export interface SeatHistory {
  all(): readonly SeenSeat[];
  /** Every outcome that was seen, oldest first; not the one that was there before. */
  outcomes(): readonly Outcome[];
  /** The first seat, past or to come, for which it holds. @throws DeadlineExceeded with the seat as it is then */
  until(what: string, timeoutMs: number, holds: (seat: Seat) => boolean): Promise<SeenSeat>;
  /** As `until`, for seats seen from now on. */
  fromNowUntil(what: string, timeoutMs: number, holds: (seat: Seat) => boolean): Promise<SeenSeat>;
  stop(): Promise<void>;
}

const EVERY_MS = 15;

/** In one line, for messages. */
export const describeSeat = (seat: Seat | undefined): string => {
  if (seat === undefined) return 'no seat was seen';
  const { operation, lastOutcome } = seat;
  const running =
    operation === null
      ? 'idle'
      : `${operation.mode} ${operation.kind} ${operation.from}→${operation.to} in phase ${operation.phase}`;
  const last =
    lastOutcome === null
      ? 'nothing before'
      : `last ${lastOutcome.kind} ${lastOutcome.result}: ${lastOutcome.reason}`;
  return `epoch ${seat.epoch}, writer ${seat.writer}, standby ${seat.eligible ?? 'none'}, ${running}; ${last}`;
};

const isSameOutcome = (a: Outcome | null | undefined, b: Outcome | null): boolean =>
  a?.epoch === b?.epoch && a?.result === b?.result;

export const watchSeatHistory = (store: Pick<StateStore, 'readSeat'>): SeatHistory => {
  const seen: SeenSeat[] = [];
  let stopped = false;
  const look = async (): Promise<void> => {
    const seat = await store.readSeat();
    if (seat !== null && seat.nonce !== seen.at(-1)?.seat.nonce) seen.push({ seat, at: instantNow() });
  };
  const loop = async (): Promise<void> => {
    while (!stopped) {
      // A store that does not answer is part of some rows: the next look sees what came of it.
      await look().catch(() => undefined);
      await pause(EVERY_MS);
    }
  };
  const running = loop();
  const search = async (
    wait: { readonly what: string; readonly timeoutMs: number; readonly from: number },
    holds: (seat: Seat) => boolean,
  ): Promise<SeenSeat> => {
    const deadlineMs = performance.now() + wait.timeoutMs;
    for (let next = wait.from; ;) {
      for (; next < seen.length; next += 1) {
        const candidate = seen[next];
        if (candidate !== undefined && holds(candidate.seat)) return candidate;
      }
      if (performance.now() > deadlineMs)
        throw new DeadlineExceeded(
          `${wait.what}: not within ${wait.timeoutMs} ms; ${describeSeat(seen.at(-1)?.seat)}`,
        );
      await pause(EVERY_MS);
    }
  };
  return {
    all: () => seen,
    outcomes: () =>
      seen
        .slice(1)
        .map(({ seat }) => seat.lastOutcome)
        .filter((outcome, i, all): outcome is Outcome => {
          const before = i === 0 ? seen[0]?.seat.lastOutcome : all[i - 1];
          return outcome !== null && !isSameOutcome(before, outcome);
        }),
    until: (what, timeoutMs, holds) => search({ what, timeoutMs, from: 0 }, holds),
    fromNowUntil: (what, timeoutMs, holds) =>
      search({ what, timeoutMs, from: Math.max(0, seen.length - 1) }, holds),
    stop: async () => {
      stopped = true;
      await running;
    },
  };
};

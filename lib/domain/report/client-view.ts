import type { LedgerEvent } from './ledger-event';
import { LEDGER_EVENT } from './ledger-event';
import { secondsOf } from './statistics';

/** What the client saw through the event, in equal slices of time. */
export interface ClientView {
  readonly bin_seconds: number;
  /** Where the first slice begins, in seconds since the fault (negative: before it). */
  readonly from_seconds: number;
  readonly acknowledged: readonly number[];
  /** Attempts which failed: refused, timed out, or answered with an error. */
  readonly failed: readonly number[];
}

export interface ClientViewWindow {
  readonly faultAtMs: number;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly binMs: number;
}

const tally = (events: readonly LedgerEvent[], kind: string, window: ClientViewWindow): readonly number[] => {
  const bins = Array<number>(Math.max(0, Math.ceil((window.untilMs - window.fromMs) / window.binMs))).fill(0);
  for (const event of events) {
    const bin = Math.floor((event.atMs - window.fromMs) / window.binMs);
    if (event.t === kind && bins[bin] !== undefined) bins[bin] += 1;
  }
  return bins;
};

/** Counts acknowledgements and failed attempts per slice of `binMs` over [fromMs, untilMs). */
export const clientViewOf = (events: readonly LedgerEvent[], window: ClientViewWindow): ClientView => ({
  bin_seconds: secondsOf(window.binMs),
  from_seconds: secondsOf(window.fromMs - window.faultAtMs),
  acknowledged: tally(events, LEDGER_EVENT.ack, window),
  failed: tally(events, LEDGER_EVENT.attemptFailed, window),
});

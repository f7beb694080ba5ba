import type { Version } from './version';

/** A batch leaves at its size or its interval, whichever is first. */
export interface BatchRule {
  readonly maxObjects: number;
  readonly maxWaitMs: number;
  /** A batch is held in memory on both sides. One object may be larger: it travels alone. */
  readonly maxBytes: number;
}

export interface Pending {
  readonly version: Version;
  /** When the copier saw it first, on its own monotonic clock, ms. */
  readonly seenMs: number;
}

export type BatchDecision =
  | { readonly kind: 'leave'; readonly batch: readonly Pending[] }
  /** Null: nothing is pending, so only something new is waited for. */
  | { readonly kind: 'wait'; readonly forMs: number | null };

const bytesOf = ({ version }: Pending): number => version.bytes;

/** As many as fit, in the order given, at least one. */
function fill(pending: readonly Pending[], { maxObjects, maxBytes }: BatchRule): readonly Pending[] {
  const batch: Pending[] = [];
  let bytes = 0;
  for (const each of pending.slice(0, maxObjects)) {
    bytes += bytesOf(each);
    if (batch.length > 0 && bytes > maxBytes) break;
    batch.push(each);
  }
  return batch;
}

/**
 * Whether a batch leaves now. `pending` is in the order of sight, so each key's versions are in their own order.
 * `isDraining`: somebody waits for the end; nothing is held back for company.
 */
export function decideBatch(
  pending: readonly Pending[],
  rule: BatchRule,
  now: { readonly monotonicMs: number; readonly isDraining: boolean },
): BatchDecision {
  const [oldest] = pending;
  if (oldest === undefined) return { kind: 'wait', forMs: null };
  const leftMs = oldest.seenMs + rule.maxWaitMs - now.monotonicMs;
  const isFull =
    pending.length >= rule.maxObjects ||
    pending.reduce((sum, each) => sum + bytesOf(each), 0) >= rule.maxBytes;
  if (isFull || leftMs <= 0 || now.isDraining) return { kind: 'leave', batch: fill(pending, rule) };
  return { kind: 'wait', forMs: leftMs };
}

import type { Operation, Place, SyncHold } from '../protocol/seat';
import { HoldKind, OperationKind } from '../protocol/seat';
import type { Store, ZoneId } from '../topology';
import { isAsynchronous } from '../topology';
import type { SyncSample } from './sample';
import { BEHIND_UNIT, SourceStatus } from './source';

/** What a source's status is taken from. */
export interface SourceFacts {
  readonly store: Store;
  readonly place: Place;
  readonly copy: ZoneId;
  readonly operation: Operation | null;
  /** The newest; null: nobody has sampled it yet. */
  readonly sample: SyncSample | null;
  readonly nowMs: number;
  readonly maxLagMs: number;
  /** An older sample says nothing of now. */
  readonly staleAfterMs: number;
  /** So many failed looks in a row are a failure. */
  readonly failureThreshold: number;
}

export interface Derived {
  readonly status: SourceStatus;
  readonly reason: string;
}

const HELD: Readonly<Record<HoldKind, SourceStatus>> = {
  [HoldKind.paused]: SourceStatus.paused,
  [HoldKind.stopped]: SourceStatus.stopped,
  [HoldKind.rebuilding]: SourceStatus.syncing,
};

export const holdSentence = ({ how, by, sinceMs, reason }: SyncHold): string =>
  `${how} by ${by} since ${new Date(sinceMs).toISOString()}: ${reason}`;

const heldAs = ({ place, sample }: SourceFacts): Derived | null => {
  if (!place.hold) return null;
  const still =
    place.hold.how === HoldKind.stopped && sample?.follows === true ? '; the copy follows all the same' : '';
  return { status: HELD[place.hold.how], reason: holdSentence(place.hold) + still };
};

const unknownBecause = (reason: string): Derived => ({ status: SourceStatus.unknown, reason });

type Sampled = SourceFacts & { readonly sample: SyncSample };

const outdated = ({ sample, place, copy, nowMs, staleAfterMs }: Sampled): Derived | null => {
  const ageMs = nowMs - sample.atMs;
  if (ageMs > staleAfterMs) return unknownBecause(`the newest sample is ${Math.round(ageMs / 1000)} s old`);
  return sample.writer === place.writer && sample.copy === copy
    ? null
    : unknownBecause(`the newest sample is of ${sample.writer} and ${sample.copy}, from before the move`);
};

const rebuilt = ({ operation, store, copy }: SourceFacts): Derived | null =>
  operation?.kind === OperationKind.rejoin && operation.stores.includes(store)
    ? { status: SourceStatus.syncing, reason: `${copy} is being brought back (epoch ${operation.epoch})` }
    : null;

const inTrouble = ({ sample, failureThreshold }: Sampled): Derived | null => {
  if (sample.error === null) return null;
  return sample.failedInARow >= failureThreshold
    ? { status: SourceStatus.failed, reason: sample.error }
    : unknownBecause(`${sample.error}; not often enough to be called failed`);
};

/** What acknowledges alone has a copy that follows, and never more. */
const proofOf = (store: Store): string =>
  isAsynchronous(store)
    ? 'its copier follows, and an emergency loses the lag'
    : 'proven to have every acknowledged write';

const byLag = ({ store, place, copy, maxLagMs, sample }: Sampled): Derived => {
  const { lagSeconds, behind } = sample;
  if (lagSeconds === null) return unknownBecause('how far the copy is behind is not known');
  const words = `${lagSeconds} s behind${behind === null ? '' : ` (${behind} ${BEHIND_UNIT[store]})`}`;
  if (lagSeconds * 1000 > maxLagMs)
    return { status: SourceStatus.lagging, reason: `${words}; the limit is ${maxLagMs / 1000} s` };
  return place.eligible === copy
    ? { status: SourceStatus.inSync, reason: `${words}; ${proofOf(store)}` }
    : { status: SourceStatus.syncing, reason: `${words}; not proven to have every acknowledged write yet` };
};

/**
 * A person's word first, then what is not known, what is being done, what failed, how far behind it is. Unknown is a value of
 * its own: it is never taken for well, nor for failed (I9).
 */
export const deriveSource = (facts: SourceFacts): Derived => {
  const held = heldAs(facts);
  if (held !== null) return held;
  const { sample } = facts;
  if (sample === null) return unknownBecause('nobody has sampled it yet');
  const sampled = { ...facts, sample };
  return outdated(sampled) ?? rebuilt(facts) ?? inTrouble(sampled) ?? byLag(sampled);
};

import type { CopierReport, CopierTerm, Cursor } from '../../../domain/copier/cursor';
import type { Held, Identity, Version } from '../../../domain/copier/version';
import type { ZoneId } from '../../../domain/topology';
import type { Deadline } from '../../deadline';
import type { Attributes } from '../bucket';

/** One version on its way. */
export interface Copy {
  readonly version: Version;
  /** The ETag that must be current there; null: there must be no current object. Of one key's several only the first's counts. */
  readonly after: string | null;
  readonly attributes: Attributes;
  /** The workload's own. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Of the bytes as they were read at the source, base64. */
  readonly sha256: string;
  /** Empty for a delete. */
  readonly body: Buffer;
}

export type CopyOutcome =
  | { readonly kind: 'copied'; readonly etag: string }
  /** Somebody else's version is there: what is held must be asked again. */
  | { readonly kind: 'changed' }
  /** The bytes that arrived, or that the store says it has, are not those that were read. */
  | { readonly kind: 'corrupt'; readonly why: string }
  /** The store does not take this one, whatever happens: too long a name, too much metadata. */
  | { readonly kind: 'refused'; readonly why: string }
  /** An earlier version of the same key did not get in. */
  | { readonly kind: 'held-back' };

export interface Quarantined {
  /** How many versions were put aside. */
  readonly moved: number;
  /** The newest version that both sides have. */
  readonly common: Identity | null;
  readonly held: Held | null;
}

/**
 * The side that is copied to: in this process, or behind a hop into the other zone. Everything but `claim` needs the term
 * that it gave, and is refused when it is over.
 */
export interface CopyTarget {
  /** Takes the place of any copier before it. @throws Refused `not-a-standby` */
  claim(from: ZoneId, holder: string, deadline: Deadline): Promise<Cursor>;
  /** In the order of `keys`. */
  held(term: CopierTerm, keys: readonly string[], deadline: Deadline): Promise<readonly (Held | null)[]>;
  /** Some of the target's keys after `after`, in order; a shorter answer than asked for is no end, `isLast` is. */
  keys(
    term: CopierTerm,
    after: string | null,
    deadline: Deadline,
  ): Promise<{ readonly keys: readonly string[]; readonly isLast: boolean }>;
  /** Keeps aside what the target has of `key` and the source never had. Nothing is removed. */
  quarantine(
    term: CopierTerm,
    key: string,
    known: readonly Identity[],
    deadline: Deadline,
  ): Promise<Quarantined>;
  /** All of it, one by one as far as each gets, then the report. @throws StoreRefused when the store takes no more */
  deliver(
    term: CopierTerm,
    batch: { readonly copies: readonly Copy[]; readonly report: CopierReport | null },
    deadline: Deadline,
  ): Promise<readonly CopyOutcome[]>;
  /** Tombstones of these keys that are older become delete markers; answers what is held of each after it. */
  settle(
    term: CopierTerm,
    tombstones: { readonly keys: readonly string[]; readonly olderThanMs: number },
    deadline: Deadline,
  ): Promise<readonly (Held | null)[]>;
  report(term: CopierTerm, report: CopierReport, deadline: Deadline): Promise<void>;
}

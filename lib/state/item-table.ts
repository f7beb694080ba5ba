import type { Clause } from '../domain/protocol/clauses';
import { firstBroken } from '../domain/protocol/clauses';
import type { Item } from './parse-item';

/** What must hold for a write: there is no item; there is one for which all clauses hold; or either of the two. */
export type Guard =
  | { readonly kind: 'absent' }
  | { readonly kind: 'present'; readonly clauses: readonly Clause[] }
  | { readonly kind: 'absent-or'; readonly clauses: readonly Clause[] };

export type Write =
  | { readonly kind: 'patch'; readonly sk: string; readonly patch: Item; readonly guard: Guard }
  | { readonly kind: 'put'; readonly item: Item; readonly guard: Guard }
  | { readonly kind: 'check'; readonly sk: string; readonly guard: Guard };

/** `found` is the item that won; undefined when there is none. */
export type WriteResult =
  | { readonly accepted: true; readonly item: Item }
  | { readonly accepted: false; readonly found: Item | undefined };

/** What a transaction says of one of its writes when the whole was refused. */
export interface Refusal {
  readonly broken: boolean;
  readonly found: Item | undefined;
}

/**
 * The one partition of one workload, as the stores need it: what differs between memory and DynamoDB, and nothing
 * more. Items carry their `sk`; reads are strongly consistent.
 */
export interface ItemTable {
  nowMs(): Promise<number>;
  get(sk: string): Promise<Item | undefined>;
  /** Those that exist, in the order asked for; each is read at its own instant. */
  getMany(sks: readonly string[]): Promise<readonly Item[]>;
  /** By sort key, ascending unless `newestFirst`. */
  query(prefix: string, options?: QueryOptions): Promise<readonly Item[]>;
  put(item: Item, guard?: Guard): Promise<WriteResult>;
  patch(sk: string, patch: Item, guard: Guard): Promise<WriteResult>;
  /** All or nothing. Null when done; else one refusal a write. `token` makes a retry the same transaction. */
  transact(writes: readonly Write[], token: string): Promise<readonly Refusal[] | null>;
  close(): void;
}

export interface QueryOptions {
  readonly newestFirst?: boolean;
  readonly limit?: number;
}

export const inOrder = (sks: readonly string[], found: ReadonlyMap<string, Item>): readonly Item[] =>
  sks.map((sk) => found.get(sk)).filter((item) => item !== undefined);

export const ABSENT: Guard = { kind: 'absent' };
export const present = (clauses: readonly Clause[]): Guard => ({ kind: 'present', clauses });
export const absentOr = (clauses: readonly Clause[]): Guard => ({ kind: 'absent-or', clauses });

/** What the memory table evaluates and the DynamoDB table compiles. */
export const guardHolds = (guard: Guard, item: Item | undefined): boolean => {
  if (item === undefined) return guard.kind !== 'present';
  return guard.kind !== 'absent' && firstBroken(guard.clauses, item) === undefined;
};

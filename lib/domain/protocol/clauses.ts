import type { Store } from '../topology';
import { Store as S } from '../topology';
import type { Place } from './seat';

/**
 * Guards of conditional writes, as data. The memory store evaluates them, the DynamoDB store compiles the same
 * ones to condition expressions: one definition, so the two cannot drift apart.
 */
export type Scalar = string | number | boolean | null;

/** A test on one attribute of the seat; `path` is dotted. `null` values are stored as NULL, so eq null is a real test. */
export interface Clause {
  readonly name: string;
  readonly path: string;
  readonly op: 'eq' | 'ne' | 'le' | 'lt' | 'in' | 'between' | 'none';
  readonly values: readonly Scalar[];
  /** What is said when it does not hold. */
  readonly refusal: { readonly code: string; readonly sentence: string };
}

const clause = (
  name: string,
  test: Pick<Clause, 'path' | 'op' | 'values'>,
  refusal: Clause['refusal'],
): Clause => ({ name, ...test, refusal });

export const epochIs = (epoch: number): Clause =>
  clause(
    'epochIs',
    { path: 'epoch', op: 'eq', values: [epoch] },
    {
      code: 'stale-epoch',
      sentence: `the seat is no longer at epoch ${epoch}; read it again and decide anew`,
    },
  );

export const seatIsFree = (): Clause =>
  clause(
    'seatIsFree',
    { path: 'operation', op: 'eq', values: [null] },
    { code: 'busy', sentence: 'another operation holds the seat; wait until it has ended' },
  );

export const operationIs = (epoch: number): Clause =>
  clause(
    'operationIs',
    { path: 'operation.epoch', op: 'eq', values: [epoch] },
    { code: 'stale-epoch', sentence: `the operation of epoch ${epoch} no longer holds the seat` },
  );

export const phaseIn = (phases: readonly string[]): Clause =>
  clause(
    'phaseIn',
    { path: 'operation.phase', op: 'in', values: phases },
    { code: 'wrong-phase', sentence: `the operation is not in phase ${phases.join(' or ')}` },
  );

const pathOf = (store: Store, field: keyof Place): string =>
  store === S.postgres ? field : `beside.${store}.${field}`;

/** Of the store whose place a clause looks at; PostgreSQL's where it looks at none. */
export const storeOf = ({ path }: Clause): Store =>
  Object.values(S).find((store) => path.startsWith(`beside.${store}.`)) ?? S.postgres;

/** PostgreSQL is what is meant where no store is named. */
const named = (store: Store): string => (store === S.postgres ? '' : ` of ${store}`);

export const writerIs = (zone: string, store: Store = S.postgres): Clause =>
  clause(
    'writerIs',
    { path: pathOf(store, 'writer'), op: 'eq', values: [zone] },
    { code: 'writer-moved', sentence: `${zone} is no longer the writer${named(store)}` },
  );

export const writerIsNot = (zone: string, store: Store = S.postgres): Clause =>
  clause(
    'writerIsNot',
    { path: pathOf(store, 'writer'), op: 'ne', values: [zone] },
    {
      code: 'same-zone',
      sentence: `${zone} is already the writer${named(store)}; there is nothing to move`,
    },
  );

export const eligibleIs = (zone: string | null, store: Store = S.postgres): Clause =>
  clause(
    'eligibleIs',
    { path: pathOf(store, 'eligible'), op: 'eq', values: [zone] },
    zone === null
      ? { code: 'standby-eligible', sentence: `a standby${named(store)} is eligible already` }
      : {
          code: 'not-eligible',
          sentence: `${zone} is not a proven synchronous standby${named(store)}; promoting it could lose acknowledged writes`,
        },
  );

/** Seats from before there were holds have no such field: missing is none, too. */
export const notHeld = (store: Store = S.postgres): Clause =>
  clause(
    'notHeld',
    { path: pathOf(store, 'hold'), op: 'none', values: [null] },
    {
      code: 'sync-held',
      sentence: `a person keeps the copy${named(store)} away; evac sync resume lets it come back`,
    },
  );

export const isHeldBy = (request: string, store: Store = S.postgres): Clause =>
  clause(
    'isHeldBy',
    { path: `${pathOf(store, 'hold')}.request`, op: 'eq', values: [request] },
    { code: 'not-held', sentence: `the mark of ${request} on the copy${named(store)} is not there any more` },
  );

export const cooldownOver = (nowMs: number, store: Store = S.postgres): Clause =>
  clause(
    'cooldownOver',
    { path: pathOf(store, 'cooldownUntilMs'), op: 'le', values: [nowMs] },
    {
      code: 'cooldown',
      sentence: `a failover${named(store)} ended a short while ago and the cooldown has not passed`,
    },
  );

export const progressIs = (progress: number): Clause =>
  clause(
    'progressIs',
    { path: 'operation.progress', op: 'eq', values: [progress] },
    { code: 'moved-on', sentence: 'the operation made progress in the meantime' },
  );

export const noDrill = (): Clause =>
  clause(
    'noDrill',
    { path: 'drill', op: 'eq', values: [null] },
    { code: 'drill-running', sentence: 'a drill is declared already; end it first' },
  );

export const drillIs = (id: string): Clause =>
  clause(
    'drillIs',
    { path: 'drill.id', op: 'eq', values: [id] },
    { code: 'drill-gone', sentence: `the drill ${id} is not the one declared` },
  );

/** What a dotted path leads to in an item. */
export const valueAt = (item: unknown, path: string): Scalar | object | undefined =>
  path
    .split('.')
    .reduce<unknown>(
      (value, key) =>
        value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[key] : undefined,
      item,
    ) as Scalar | object | undefined;

const TESTS: Record<Clause['op'], (value: unknown, values: readonly Scalar[]) => boolean> = {
  eq: (value, [wanted]) => value === wanted,
  ne: (value, [wanted]) => value !== undefined && value !== wanted,
  in: (value, values) => values.some((wanted) => value === wanted),
  le: (value, [limit]) => typeof value === 'number' && typeof limit === 'number' && value <= limit,
  lt: (value, [limit]) => typeof value === 'number' && typeof limit === 'number' && value < limit,
  none: (value) => value === undefined || value === null,
  between: (value, [low, high]) =>
    typeof value === 'number' &&
    typeof low === 'number' &&
    typeof high === 'number' &&
    value >= low &&
    value <= high,
};

/** Whether a clause holds for an item; a missing attribute holds for nothing. */
export const holds = (test: Clause, item: unknown): boolean =>
  TESTS[test.op](valueAt(item, test.path), test.values);

/** The first clause that does not hold, or undefined. */
export const firstBroken = (clauses: readonly Clause[], item: unknown): Clause | undefined =>
  clauses.find((test) => !holds(test, item));

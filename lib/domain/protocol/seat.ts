import type { SideStore, Store, WitnessId, ZoneId } from '../topology';
import { Store as S } from '../topology';
import type { Weights } from '../traffic/weights';

export const OperationKind = {
  failover: 'failover',
  rollback: 'rollback',
  degrade: 'degrade',
  rejoin: 'rejoin',
} as const;
export type OperationKind = (typeof OperationKind)[keyof typeof OperationKind];

/** Whether it moves the writer from one zone to another. */
export const movesWriter = (kind: OperationKind): boolean =>
  kind === OperationKind.failover || kind === OperationKind.rollback;

export const OperationMode = { planned: 'planned', emergency: 'emergency' } as const;
export type OperationMode = (typeof OperationMode)[keyof typeof OperationMode];

export const Trigger = { witness: 'witness', alarm: 'alarm', human: 'human', drill: 'drill' } as const;
export type Trigger = (typeof Trigger)[keyof typeof Trigger];

/**
 * How far an operation is. Up to `switched` it can be undone; `admitted` is the point of no return (I7).
 * `undoing` holds a newer epoch than the operation it undoes (§3b.1).
 */
export const Phase = {
  claimed: 'claimed',
  prepared: 'prepared',
  fenced: 'fenced',
  switching: 'switching',
  switched: 'switched',
  admitted: 'admitted',
  undoing: 'undoing',
} as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

/** One value of each store that an operation is about. */
export type ByStore<T> = Readonly<Partial<Record<Store, T>>>;

/** A guard of the traffic said no, after writes were admitted: the writer stays in `to`, the traffic does not follow it. */
export interface Breach {
  readonly reason: string;
  /** `back`: all to `from`. `hold`: it stays as it is, since nobody knows whether `from` is well. */
  readonly traffic: 'back' | 'hold';
}

export interface Rebuild {
  /** What the standby had is set aside on its machine, until the next time. */
  readonly keep: boolean;
}

export const HoldKind = { paused: 'paused', stopped: 'stopped', rebuilding: 'rebuilding' } as const;
export type HoldKind = (typeof HoldKind)[keyof typeof HoldKind];

/** A person keeps a store's standby from being one: nothing brings it back until they let it go. */
export interface SyncHold {
  readonly how: HoldKind;
  readonly by: string;
  readonly reason: string;
  /** State store's time, ms since 1970. */
  readonly sinceMs: number;
  /** Name of the execution that did it. */
  readonly request: string;
}

export interface Operation {
  readonly kind: OperationKind;
  readonly epoch: number;
  /** What it moves, degrades or lets rejoin; all of them write in `from`. */
  readonly stores: readonly Store[];
  readonly from: ZoneId;
  readonly to: ZoneId;
  readonly mode: OperationMode;
  readonly trigger: Trigger;
  readonly reason: string;
  readonly phase: Phase;
  /** Grows with each journalled step; no growth within the step deadline means stuck (§3b.11). */
  readonly progress: number;
  /** State store's time, ms since 1970. */
  readonly claimedAtMs: number;
  readonly progressAtMs: number;
  /** A person's recorded waiver of I1 and I2: the most seconds of writes they accept to lose; null = none. */
  readonly acceptLossSeconds: number | null;
  /** Each store's standby that was eligible when the claim was made: what undo returns to. */
  readonly eligibleBefore: ByStore<ZoneId | null>;
  /** Why its traffic does not go on to `to`, and where it goes instead; absent: nothing is against it. */
  readonly breach?: Breach | undefined;
  /** Of a rejoin: the standby is made anew from its writer, whatever it fits; absent: what fits is kept. */
  readonly rebuild?: Rebuild | undefined;
  /** Of a degrade that a person asked for: how they keep the copy away from then on. */
  readonly hold?: SyncHold | undefined;
  /** Of a rejoin that a person asked for: as `rebuild`, of a copy that is not eligible and marked for it. */
  readonly anew?: boolean | undefined;
  /** Name of the Step Functions execution that carries it; unique for 90 days, so it is the idempotency key. */
  readonly execution: string;
}

export const OutcomeResult = {
  completed: 'completed',
  rolledBack: 'rolled-back',
  released: 'released',
  failed: 'failed',
} as const;
export type OutcomeResult = (typeof OutcomeResult)[keyof typeof OutcomeResult];

export interface Outcome {
  readonly epoch: number;
  readonly kind: OperationKind;
  readonly stores: readonly Store[];
  readonly result: OutcomeResult;
  readonly from: ZoneId;
  readonly to: ZoneId;
  readonly reason: string;
  readonly atMs: number;
}

/** A declared drill: its own fault may claim over it, its failovers start no cooldown (I6, I11). It expires by itself. */
export interface DrillHold {
  readonly id: string;
  readonly zone: ZoneId;
  readonly untilMs: number;
}

/** Where a store writes. */
export interface Place {
  readonly writer: ZoneId;
  /**
   * The synchronous standby that holds every acknowledged write; null = none, so no free promotion. Of a store that
   * acknowledges alone: the one that was proven to follow, and what it lacks is another question (`lossBound`).
   */
  readonly eligible: ZoneId | null;
  /** I6: until then it is not moved by itself. State store's time, ms since 1970. */
  readonly cooldownUntilMs: number;
  /** Null or absent: nobody keeps its standby away. While there is one, nobody is eligible. */
  readonly hold?: SyncHold | null | undefined;
}

/** The single item that says which zone may write, at which epoch, and what is running. Its own place is PostgreSQL's. */
export interface Seat extends Place {
  readonly workload: string;
  readonly epoch: number;
  /** The other stores'. */
  readonly beside: Readonly<Partial<Record<SideStore, Place>>>;
  readonly operation: Operation | null;
  /** Where the traffic goes when it is not all with PostgreSQL's writer; null or absent: with it. */
  readonly traffic?: Weights | null | undefined;
  /** When the weights of an active-active deployment were changed for its zones' health; null or absent: `traffic` is no balance. */
  readonly balancedAtMs?: number | null | undefined;
  readonly lastOutcome: Outcome | null;
  readonly drill: DrillHold | null;
  /** Of the last change: a retry that finds its own nonce has won (§3b.11). */
  readonly nonce: string;
}

/** A seat that is held. */
export type HeldSeat = Seat & { readonly operation: Operation };

/** Of all stores. */
export type Places = Pick<Seat, keyof Place | 'beside'>;

/** A store that the seat does not know yet is taken to write beside PostgreSQL, with no proven standby. */
export const placeOf = (seat: Places, store: Store): Place => {
  const { writer, eligible, cooldownUntilMs, hold, beside } = seat;
  if (store === S.postgres)
    return { writer, eligible, cooldownUntilMs, ...(hold === undefined ? {} : { hold }) };
  return beside[store] ?? { writer, eligible: null, cooldownUntilMs: 0 };
};

/** What to set in a seat, so that the places of these stores are changed and all others stay. */
export const movedPlaces = (seat: Places, changes: ByStore<Partial<Place>>): Partial<Places> => {
  const { postgres, ...others } = changes;
  const beside = Object.entries(others).map(([store, change]) => [
    store,
    { ...placeOf(seat, store as SideStore), ...change },
  ]);
  return {
    ...postgres,
    ...(beside.length === 0 ? {} : { beside: { ...seat.beside, ...Object.fromEntries(beside) } }),
  };
};

export const eachStore = <T>(stores: readonly Store[], valueOf: (store: Store) => T): ByStore<T> =>
  Object.fromEntries(stores.map((store) => [store, valueOf(store)]));

/** A voter's round at the moment of the decision; the claim is void once that voter has moved far past it (§3b.9). */
export interface VoterRound {
  readonly witness: WitnessId;
  readonly runId: string;
  readonly round: number;
}

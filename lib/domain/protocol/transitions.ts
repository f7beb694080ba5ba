import type { SideStore, Store, ZoneId } from '../topology';
import { electsItself, leading } from '../topology';
import type { Weights } from '../traffic/weights';
import type { Clause } from './clauses';
import {
  cooldownOver,
  drillIs,
  eligibleIs,
  epochIs,
  isHeldBy,
  noDrill,
  notHeld,
  operationIs,
  phaseIn,
  progressIs,
  seatIsFree,
  writerIs,
  writerIsNot,
} from './clauses';
import type { Breach, ByStore, DrillHold, HeldSeat, Operation, Outcome, Phase, Place, Seat } from './seat';
import { eachStore, movedPlaces, OperationKind, Phase as P, placeOf } from './seat';

/** Everything that may happen to the seat. Times are the state store's, ms since 1970. */
export type SeatEvent =
  | {
      readonly type: 'claim';
      readonly seen: Seat;
      readonly operation: Operation;
      readonly nowMs: number;
      readonly overrideCooldown: boolean;
    }
  | { readonly type: 'begin-drill'; readonly drill: DrillHold }
  | { readonly type: 'end-drill'; readonly drillId: string }
  | {
      readonly type: 'advance';
      readonly epoch: number;
      readonly from: readonly Phase[];
      readonly to: Phase;
      readonly seen: Operation;
      readonly nowMs: number;
    }
  | {
      readonly type: 'switch-writer';
      readonly epoch: number;
      readonly seen: HeldSeat;
      /** Those whose writer is in the target now; the phase follows when it is the last of the operation's. */
      readonly stores: readonly Store[];
      readonly nowMs: number;
    }
  | { readonly type: 'admit'; readonly epoch: number; readonly seen: Operation; readonly nowMs: number }
  | {
      readonly type: 'breach';
      readonly epoch: number;
      readonly seen: Operation;
      readonly breach: Breach;
      readonly nowMs: number;
    }
  | { readonly type: 'follow-traffic'; readonly seen: Seat }
  | {
      readonly type: 'balance-traffic';
      readonly seen: Seat;
      readonly traffic: Weights;
      readonly nowMs: number;
    }
  | { readonly type: 'end-hold'; readonly seen: Seat; readonly store: Store; readonly request: string }
  | { readonly type: 'take-over'; readonly seen: Operation; readonly phase: Phase; readonly nowMs: number }
  | {
      readonly type: 'give-up-standby';
      readonly epoch: number;
      readonly seen: HeldSeat;
      readonly nowMs: number;
    }
  | {
      readonly type: 'commit';
      readonly epoch: number;
      readonly seen: HeldSeat;
      readonly outcome: Outcome;
      /** Of the stores that it moved; null: it starts none. */
      readonly cooldownUntilMs: number | null;
      /** Where the traffic is from now on; null: with the writer. Absent: where it was. */
      readonly traffic?: Weights | null;
    }
  | {
      readonly type: 'commit-rejoin';
      readonly epoch: number;
      readonly seen: HeldSeat;
      readonly standby: ZoneId;
      readonly outcome: Outcome;
    }
  | {
      readonly type: 'release';
      readonly epoch: number;
      readonly from: readonly Phase[];
      readonly seen: HeldSeat;
      /** Each store's standby from now on. */
      readonly eligible: ByStore<ZoneId | null>;
      readonly outcome: Outcome;
    }
  | {
      readonly type: 'reseat';
      readonly seen: Seat;
      /** The newest epoch that an engine has in force. */
      readonly enginesEpoch: number;
      /** Each store's, as the engines show it. */
      readonly writers: ByStore<ZoneId>;
    }
  | {
      readonly type: 'add-store';
      readonly seen: Seat;
      readonly store: SideStore;
      /** The zone beside PostgreSQL's writer; of a store that elects itself it may take over at once. */
      readonly other: ZoneId | null;
    };

export type SeatEventType = SeatEvent['type'];
type EventOf<T extends SeatEventType> = Extract<SeatEvent, { type: T }>;

/** The fields of the seat that a transition sets; all others stay. */
export type SeatPatch = Partial<Omit<Seat, 'workload' | 'nonce'>>;

export interface Transition<T extends SeatEventType> {
  readonly event: T;
  /** For the diagram: from which phases to which. `idle` = no operation. */
  readonly from: readonly (Phase | 'idle')[];
  readonly to: Phase | 'idle' | 'as given';
  /** Of a row whose event names the next phase: the ways that are gone. The crash tests see no other. */
  readonly ways?: readonly (readonly [from: Phase, to: Phase])[];
  readonly guards: (event: EventOf<T>) => readonly Clause[];
  readonly apply: (event: EventOf<T>) => SeatPatch;
  readonly why: string;
}

const moved = (operation: Operation, phase: Phase, nowMs: number): Operation => ({
  ...operation,
  phase,
  progress: operation.progress + 1,
  progressAtMs: nowMs,
});

/** Without a waiver all must be; with one those that are stay so. */
const isProven =
  ({ acceptLossSeconds, eligibleBefore, to }: Operation) =>
  (store: Store): boolean =>
    acceptLossSeconds === null || eligibleBefore[store] === to;

/** A writer moves only to the eligible standby, or with a recorded waiver (§3b.7); a human may skip the cooldown. */
const claimGuards = (event: EventOf<'claim'>): readonly Clause[] => {
  const { operation, seen } = event;
  const { kind, stores, from, to } = operation;
  const each = (clauseOf: (store: Store) => Clause): readonly Clause[] => stores.map(clauseOf);
  const common = [epochIs(seen.epoch), seatIsFree(), ...each((store) => writerIs(from, store))];
  if (kind === OperationKind.degrade)
    return [...common, ...each((store) => eligibleIs(placeOf(seen, store).eligible, store))];
  if (kind === OperationKind.rejoin) {
    // What is made anew is the proven standby: its history is known to fit, so only its contents can be at fault.
    const wanted = operation.rebuild === undefined ? null : to;
    const isOverMark = operation.rebuild !== undefined || operation.anew === true;
    return [
      ...common,
      ...each((store) => eligibleIs(wanted, store)),
      ...(isOverMark ? [] : each((store) => notHeld(store))),
    ];
  }
  return [
    ...common,
    ...each((store) => writerIsNot(to, store)),
    // What moves with another store goes by its cooldown.
    ...(event.overrideCooldown ? [] : [cooldownOver(event.nowMs, leading(stores))]),
    ...stores.filter(isProven(operation)).map((store) => eligibleIs(to, store)),
  ];
};

const nobodyEligible = (stores: readonly Store[]): ByStore<Partial<Place>> =>
  eachStore(stores, (store) => (electsItself(store) ? {} : { eligible: null }));

const leavesWriterAlone = ({ kind, rebuild }: Operation): boolean =>
  kind === OperationKind.degrade || rebuild !== undefined;

/** Nobody is eligible from here on, and a person's mark says so until they take it away. */
const degraded = (seen: Seat, { stores, hold }: Operation): SeatPatch => {
  const places = nobodyEligible(stores);
  const mark = hold === undefined ? {} : { hold };
  return movedPlaces(
    seen,
    eachStore(stores, (store) => ({ ...places[store], ...mark })),
  );
};

const claim: Transition<'claim'> = {
  event: 'claim',
  from: ['idle'],
  to: P.claimed,
  guards: claimGuards,
  // I8: "not eligible" is said in the very write that claims, before the primary may go on alone.
  apply: ({ operation, seen }) => ({
    epoch: seen.epoch + 1,
    operation,
    ...(leavesWriterAlone(operation) ? degraded(seen, operation) : {}),
  }),
  why: 'every operation takes epoch n+1 first; the loser sees who won',
};

const advance: Transition<'advance'> = {
  event: 'advance',
  from: [P.claimed, P.prepared, P.fenced, P.switching, P.admitted],
  to: 'as given',
  ways: [
    [P.claimed, P.prepared],
    [P.prepared, P.prepared],
    [P.prepared, P.fenced],
    [P.fenced, P.fenced],
    [P.fenced, P.switching],
    [P.switching, P.switching],
    [P.admitted, P.admitted],
  ],
  guards: ({ epoch, from, seen }) => [operationIs(epoch), phaseIn(from), progressIs(seen.progress)],
  apply: ({ seen, to, nowMs }) => ({ operation: moved(seen, to, nowMs) }),
  why: 'journal before acting: a step that ran twice, late or half is harmless',
};

const isSwitched = ({ seen, stores }: EventOf<'switch-writer'>): boolean =>
  seen.operation.stores.every(
    (store) => stores.includes(store) || placeOf(seen, store).writer === seen.operation.to,
  );

const switchWriter: Transition<'switch-writer'> = {
  event: 'switch-writer',
  from: [P.switching],
  to: P.switched,
  ways: [
    [P.switching, P.switching],
    [P.switching, P.switched],
  ],
  guards: ({ epoch, seen }) => [
    operationIs(epoch),
    phaseIn([P.switching]),
    progressIs(seen.operation.progress),
  ],
  apply: (event) => {
    const { seen, stores, nowMs } = event;
    const { operation } = seen;
    return {
      ...movedPlaces(
        seen,
        eachStore(stores, (store) => ({
          writer: operation.to,
          eligible: electsItself(store) ? operation.from : null,
        })),
      ),
      operation: moved(operation, isSwitched(event) ? P.switched : P.switching, nowMs),
    };
  },
  why: '§3b.2: "writer = target, eligible = none" is committed before the promotion is declared done; the last store of the operation ends the phase',
};

const admit: Transition<'admit'> = {
  event: 'admit',
  from: [P.switched],
  to: P.admitted,
  guards: ({ epoch, seen }) => [operationIs(epoch), phaseIn([P.switched]), progressIs(seen.progress)],
  apply: ({ seen, nowMs }) => ({ operation: moved(seen, P.admitted, nowMs) }),
  why: 'I7: the point of no return, committed before the first write is admitted',
};

const breach: Transition<'breach'> = {
  event: 'breach',
  from: [P.admitted],
  to: P.admitted,
  guards: ({ epoch, seen }) => [operationIs(epoch), phaseIn([P.admitted]), progressIs(seen.progress)],
  apply: ({ seen, breach: found, nowMs }) => ({
    operation: { ...moved(seen, P.admitted, nowMs), breach: found },
  }),
  why: 'a guard of the traffic said no: on record before the traffic goes back, so that nobody who finishes the move sends it on',
};

const followTraffic: Transition<'follow-traffic'> = {
  event: 'follow-traffic',
  from: ['idle'],
  to: 'idle',
  guards: ({ seen }) => [epochIs(seen.epoch), seatIsFree()],
  apply: () => ({ traffic: null, balancedAtMs: null }),
  why: 'a person has seen to what a guard found: the traffic is with the writer again, said before it is shifted',
};

const balanceTraffic: Transition<'balance-traffic'> = {
  event: 'balance-traffic',
  from: ['idle'],
  to: 'idle',
  guards: ({ seen }) => [epochIs(seen.epoch), seatIsFree()],
  apply: ({ traffic, nowMs }) => ({ traffic, balancedAtMs: nowMs }),
  why: 'active-active: where the traffic goes by the health of its zones, said before it is shifted; no store moves',
};

const endHold: Transition<'end-hold'> = {
  event: 'end-hold',
  from: ['idle'],
  to: 'idle',
  guards: ({ seen, store, request }) => [epochIs(seen.epoch), seatIsFree(), isHeldBy(request, store)],
  apply: ({ seen, store }) => movedPlaces(seen, { [store]: { hold: null } }),
  why: 'a person lets a copy come back: from here on the witnesses rejoin it; nobody may acknowledge more or less by this',
};

const takeOver: Transition<'take-over'> = {
  event: 'take-over',
  from: [P.claimed, P.prepared, P.fenced, P.switching, P.switched, P.admitted, P.undoing],
  to: 'as given',
  // Finished where it stands, or undone; an undoing that its old side does not let through goes forward.
  ways: [
    [P.claimed, P.claimed],
    [P.switching, P.switching],
    [P.switched, P.switched],
    [P.admitted, P.admitted],
    [P.claimed, P.undoing],
    [P.prepared, P.undoing],
    [P.fenced, P.undoing],
    [P.switched, P.undoing],
    [P.undoing, P.undoing],
    [P.undoing, P.fenced],
  ],
  guards: ({ seen }) => [operationIs(seen.epoch), progressIs(seen.progress)],
  apply: ({ seen, phase, nowMs }) => ({
    epoch: seen.epoch + 1,
    operation: { ...moved(seen, phase, nowMs), epoch: seen.epoch + 1 },
  }),
  why: '§3b.1 and §3b.11: whoever finishes or undoes a dead or stuck operation takes a new epoch, so its late effects are refused',
};

const giveUpStandby: Transition<'give-up-standby'> = {
  event: 'give-up-standby',
  from: [P.undoing],
  to: P.undoing,
  guards: ({ epoch, seen }) => [
    operationIs(epoch),
    phaseIn([P.undoing]),
    progressIs(seen.operation.progress),
  ],
  apply: ({ seen, nowMs }) => ({
    ...movedPlaces(seen, nobodyEligible(seen.operation.stores)),
    operation: moved(seen.operation, P.undoing, nowMs),
  }),
  why: 'I8: what is undone without its target says "not eligible" before the old writer goes on alone',
};

const commit: Transition<'commit'> = {
  event: 'commit',
  from: [P.claimed, P.admitted],
  to: 'idle',
  guards: ({ epoch, seen, outcome }) => [
    operationIs(epoch),
    phaseIn(outcome.kind === OperationKind.degrade ? [P.claimed, P.prepared] : [P.admitted]),
    progressIs(seen.operation.progress),
  ],
  apply: ({ seen, outcome, cooldownUntilMs, traffic }) => ({
    operation: null,
    lastOutcome: outcome,
    ...(cooldownUntilMs === null
      ? {}
      : movedPlaces(
          seen,
          eachStore(outcome.stores, () => ({ cooldownUntilMs })),
        )),
    ...(traffic === undefined ? {} : { traffic, balancedAtMs: null }),
  }),
  why: 'I6: the cooldown starts when a failover ends, never when it starts; each store that moved has its own',
};

const commitRejoin: Transition<'commit-rejoin'> = {
  event: 'commit-rejoin',
  from: [P.prepared],
  to: 'idle',
  guards: ({ epoch }) => [operationIs(epoch), phaseIn([P.prepared])],
  apply: ({ seen, standby, outcome }) => ({
    ...movedPlaces(
      seen,
      eachStore(seen.operation.stores, (store) => ({
        eligible: standby,
        // Rebuilt: what it was kept away for is done.
        ...(placeOf(seen, store).hold ? { hold: null } : {}),
      })),
    ),
    operation: null,
    lastOutcome: outcome,
  }),
  why: '§3b.3: eligible only after the gate was seen to hold and the standby has flushed past it',
};

const release: Transition<'release'> = {
  event: 'release',
  from: [P.claimed, P.prepared, P.undoing],
  to: 'idle',
  guards: ({ epoch, from }) => [operationIs(epoch), phaseIn(from)],
  apply: ({ seen, eligible, outcome }) => ({
    ...movedPlaces(
      seen,
      eachStore(seen.operation.stores, (store) => ({
        writer: seen.operation.from,
        eligible: electsItself(store) ? seen.operation.to : (eligible[store] ?? null),
      })),
    ),
    operation: null,
    lastOutcome: outcome,
  }),
  why: '§3b.17: an operation given up or undone starts no cooldown',
};

/**
 * Past every epoch that the lost part of the table may have given out and no engine has met yet: an operation that was
 * under way must not find its own epoch in force again (docs/decisions).
 */
const RESEAT_LEAP = 1_000;
export const epochPast = (seatEpoch: number, enginesEpoch: number): number =>
  Math.max(seatEpoch, enginesEpoch) + RESEAT_LEAP;

/** What is held in a restored seat is the past's: its late steps find it gone. */
const heldAsSeen = ({ operation }: Seat): Clause =>
  operation === null ? seatIsFree() : progressIs(operation.progress);

/** Whoever elects himself may take over in the zone that he is not led from. */
const movedWhere = ({ writer: before, eligible }: Place, store: Store, writer: ZoneId): Partial<Place> => {
  if (!electsItself(store)) return { writer, eligible: null };
  return { writer, eligible: writer === before ? eligible : before };
};

const reseat: Transition<'reseat'> = {
  event: 'reseat',
  from: ['idle', P.claimed, P.prepared, P.fenced, P.switching, P.switched, P.admitted, P.undoing],
  to: 'idle',
  guards: ({ seen }) => [epochIs(seen.epoch), heldAsSeen(seen)],
  apply: ({ seen, enginesEpoch, writers }) => ({
    ...movedPlaces(
      seen,
      Object.fromEntries(
        (Object.entries(writers) as [Store, ZoneId][]).map(([store, writer]) => [
          store,
          movedWhere(placeOf(seen, store), store, writer),
        ]),
      ),
    ),
    epoch: epochPast(seen.epoch, enginesEpoch),
    operation: null,
    traffic: null,
    balancedAtMs: null,
  }),
  why: 'I4: an engine knows a newer epoch than the seat, so the table was restored; whoever was eligible has to prove it anew',
};

const addStore: Transition<'add-store'> = {
  event: 'add-store',
  from: ['idle'],
  to: 'idle',
  guards: ({ seen }) => [epochIs(seen.epoch), seatIsFree()],
  apply: ({ seen, store, other }) =>
    movedPlaces(seen, {
      [store]: { ...placeOf(seen, store), eligible: electsItself(store) ? other : null },
    }),
  why: 'a store that was added to the deployment begins beside PostgreSQL, and has to prove its standby, if it has one',
};

const beginDrill: Transition<'begin-drill'> = {
  event: 'begin-drill',
  from: ['idle'],
  to: 'idle',
  guards: () => [seatIsFree(), noDrill()],
  apply: ({ drill }) => ({ drill }),
  why: 'I11: a drill starts only when nothing real is going on, and never changes who may acknowledge',
};

const endDrill: Transition<'end-drill'> = {
  event: 'end-drill',
  from: ['idle', P.claimed, P.prepared, P.fenced, P.switching, P.switched, P.admitted, P.undoing],
  to: 'as given',
  guards: ({ drillId }) => [drillIs(drillId)],
  apply: () => ({ drill: null }),
  why: 'a drill can be ended at any point, whatever is running',
};

/** The protocol: one row an event. The diagram in docs/ is drawn from it. */
export const TRANSITIONS: { readonly [T in SeatEventType]: Transition<T> } = {
  claim,
  'begin-drill': beginDrill,
  'end-drill': endDrill,
  advance,
  'switch-writer': switchWriter,
  admit,
  breach,
  'follow-traffic': followTraffic,
  'balance-traffic': balanceTraffic,
  'end-hold': endHold,
  'take-over': takeOver,
  'give-up-standby': giveUpStandby,
  commit,
  'commit-rejoin': commitRejoin,
  release,
  reseat,
  'add-store': addStore,
};

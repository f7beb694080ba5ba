import type { Clause } from './clauses';
import {
  cooldownOver,
  drillIs,
  eligibleIs,
  epochIs,
  noDrill,
  operationIs,
  phaseIn,
  progressIs,
  seatIsFree,
  writerIs,
  writerIsNot,
} from './clauses';
import type { DrillHold, Operation, Outcome, Phase, Seat } from './seat';
import { OperationKind, Phase as P } from './seat';

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
      readonly seen: Operation;
      readonly nowMs: number;
    }
  | { readonly type: 'admit'; readonly epoch: number; readonly seen: Operation; readonly nowMs: number }
  | { readonly type: 'take-over'; readonly seen: Operation; readonly phase: Phase; readonly nowMs: number }
  | {
      readonly type: 'give-up-standby';
      readonly epoch: number;
      readonly seen: Operation;
      readonly nowMs: number;
    }
  | {
      readonly type: 'commit';
      readonly epoch: number;
      readonly outcome: Outcome;
      readonly cooldownUntilMs: number;
    }
  | {
      readonly type: 'commit-rejoin';
      readonly epoch: number;
      readonly standby: string;
      readonly outcome: Outcome;
    }
  | {
      readonly type: 'release';
      readonly epoch: number;
      readonly from: readonly Phase[];
      readonly eligible: string | null;
      readonly writer: string;
      readonly outcome: Outcome;
    }
  | {
      readonly type: 'reseat';
      readonly seen: Seat;
      /** The newest epoch that an engine has in force. */
      readonly enginesEpoch: number;
      readonly writer: string;
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

/** A writer moves only to the eligible standby, or with a recorded waiver (§3b.7); a human may skip the cooldown. */
const claimGuards = (event: EventOf<'claim'>): readonly Clause[] => {
  const { operation, seen } = event;
  const common = [epochIs(seen.epoch), seatIsFree(), writerIs(operation.from)];
  if (operation.kind === OperationKind.degrade) return [...common, eligibleIs(seen.eligible)];
  if (operation.kind === OperationKind.rejoin) return [...common, eligibleIs(null)];
  return [
    ...common,
    writerIsNot(operation.to),
    ...(event.overrideCooldown ? [] : [cooldownOver(event.nowMs)]),
    ...(operation.acceptLossSeconds === null ? [eligibleIs(operation.to)] : []),
  ];
};

const claim: Transition<'claim'> = {
  event: 'claim',
  from: ['idle'],
  to: P.claimed,
  guards: claimGuards,
  // I8: a degrade says "not eligible" in the very write that claims, before the primary may go on alone.
  apply: ({ operation, seen }) => ({
    epoch: seen.epoch + 1,
    operation,
    ...(operation.kind === OperationKind.degrade ? { eligible: null } : {}),
  }),
  why: 'every operation takes epoch n+1 first; the loser sees who won',
};

const advance: Transition<'advance'> = {
  event: 'advance',
  from: [P.claimed, P.prepared, P.fenced, P.switching],
  to: 'as given',
  ways: [
    [P.claimed, P.prepared],
    [P.prepared, P.prepared],
    [P.prepared, P.fenced],
    [P.fenced, P.fenced],
    [P.fenced, P.switching],
    [P.switching, P.switching],
  ],
  guards: ({ epoch, from, seen }) => [operationIs(epoch), phaseIn(from), progressIs(seen.progress)],
  apply: ({ seen, to, nowMs }) => ({ operation: moved(seen, to, nowMs) }),
  why: 'journal before acting: a step that ran twice, late or half is harmless',
};

const switchWriter: Transition<'switch-writer'> = {
  event: 'switch-writer',
  from: [P.switching],
  to: P.switched,
  guards: ({ epoch, seen }) => [operationIs(epoch), phaseIn([P.switching]), progressIs(seen.progress)],
  apply: ({ seen, nowMs }) => ({
    writer: seen.to,
    eligible: null,
    operation: moved(seen, P.switched, nowMs),
  }),
  why: '§3b.2: "writer = target, eligible = none" is committed before the promotion is declared done',
};

const admit: Transition<'admit'> = {
  event: 'admit',
  from: [P.switched],
  to: P.admitted,
  guards: ({ epoch, seen }) => [operationIs(epoch), phaseIn([P.switched]), progressIs(seen.progress)],
  apply: ({ seen, nowMs }) => ({ operation: moved(seen, P.admitted, nowMs) }),
  why: 'I7: the point of no return, committed before the first write is admitted',
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
  guards: ({ epoch, seen }) => [operationIs(epoch), phaseIn([P.undoing]), progressIs(seen.progress)],
  apply: ({ seen, nowMs }) => ({ eligible: null, operation: moved(seen, P.undoing, nowMs) }),
  why: 'I8: what is undone without its target says "not eligible" before the old writer goes on alone',
};

const commit: Transition<'commit'> = {
  event: 'commit',
  from: [P.claimed, P.admitted],
  to: 'idle',
  guards: ({ epoch, outcome }) => [
    operationIs(epoch),
    phaseIn(outcome.kind === OperationKind.degrade ? [P.claimed, P.prepared] : [P.admitted]),
  ],
  apply: ({ outcome, cooldownUntilMs }) => ({ operation: null, lastOutcome: outcome, cooldownUntilMs }),
  why: 'I6: the cooldown starts when a failover ends, never when it starts',
};

const commitRejoin: Transition<'commit-rejoin'> = {
  event: 'commit-rejoin',
  from: [P.prepared],
  to: 'idle',
  guards: ({ epoch }) => [operationIs(epoch), phaseIn([P.prepared])],
  apply: ({ standby, outcome }) => ({ operation: null, eligible: standby, lastOutcome: outcome }),
  why: '§3b.3: eligible only after the gate was seen to hold and the standby has flushed past it',
};

const release: Transition<'release'> = {
  event: 'release',
  from: [P.claimed, P.prepared, P.undoing],
  to: 'idle',
  guards: ({ epoch, from }) => [operationIs(epoch), phaseIn(from)],
  apply: ({ writer, eligible, outcome }) => ({ operation: null, writer, eligible, lastOutcome: outcome }),
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

const reseat: Transition<'reseat'> = {
  event: 'reseat',
  from: ['idle', P.claimed, P.prepared, P.fenced, P.switching, P.switched, P.admitted, P.undoing],
  to: 'idle',
  guards: ({ seen }) => [epochIs(seen.epoch), heldAsSeen(seen)],
  apply: ({ seen, enginesEpoch, writer }) => ({
    epoch: epochPast(seen.epoch, enginesEpoch),
    writer,
    eligible: null,
    operation: null,
  }),
  why: 'I4: an engine knows a newer epoch than the seat, so the table was restored; whoever was eligible has to prove it anew',
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
  'take-over': takeOver,
  'give-up-standby': giveUpStandby,
  commit,
  'commit-rejoin': commitRejoin,
  release,
  reseat,
};

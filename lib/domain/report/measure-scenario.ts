import { clientViewOf } from './client-view';
import type { LedgerEvent, Order } from './ledger-event';
import { foldOrders, isGood, ledgerEndMs } from './ledger-event';
import type { Loss, Survivors } from './loss';
import { measureLoss } from './loss';
import type { PhaseInstants } from './phases';
import { phasesSince } from './phases';
import type { Observation, RecoveryCriterion } from './recovery';
import { DEFAULT_CRITERION, decidedSince, recoveredAtMs, writeGapMs } from './recovery';
import type {
  DecisionStory,
  Objectives,
  ScenarioFigures,
  ScenarioReport,
  StoreFigures,
} from './report-document';
import { secondsOf } from './statistics';
import { shortcomingsOf } from './verdict-on-scenario';

/** Everything about one fault that was seen from outside the product. Instants are on the ledger's clock. */
export interface ScenarioInput {
  readonly name: string;
  readonly fault: string;
  /** The whole ledger of the run, or any part of it which holds this scenario. */
  readonly events: readonly LedgerEvent[];
  readonly fromMs: number;
  readonly faultAtMs: number;
  /** Before anything else is done to the workload on purpose (rollback, next fault). */
  readonly observedUntilMs: number;
  /** The orders that every store has. null = they were not read: loss and RPO are then not measured. */
  readonly survivors: Survivors | null;
  /** The same of each store by itself. */
  readonly survivorsByStore?: Readonly<Record<string, Survivors>>;
  /** Seconds, of the stores that acknowledge alone: an emergency loses what was not copied, up to so much. */
  readonly lossLimits?: Readonly<Record<string, number>>;
  readonly knownLost?: ReadonlySet<string>;
  readonly hadToFailOver: boolean;
  /** null = nobody counted. */
  readonly needlessFailovers: number | null;
  /** 'first good write' is measured here; what is given for it is ignored. */
  readonly phases: PhaseInstants;
  readonly decision: DecisionStory | null;
  readonly objectives: Objectives;
  readonly criterion?: RecoveryCriterion;
  /** What went wrong beside the figures ('az-a did not rejoin within 60 s'): each fails the scenario. */
  readonly problems?: readonly string[];
}

/** 100 ms: fine enough to show a gap of one second, coarse enough to be drawn. */
const CLIENT_VIEW_BIN_MS = 100;
/** How much of the calm before the fault is drawn. */
const CLIENT_VIEW_LEAD_MS = 3_000;

const acknowledgedWithin = (orders: readonly Order[], fromMs: number, untilMs: number): number =>
  orders.filter(({ ackAtMs }) => ackAtMs !== null && ackAtMs >= fromMs && ackAtMs < untilMs).length;

const availabilityPercent = (decided: readonly Order[]): number | null =>
  decided.length === 0
    ? null
    : Math.floor((decided.filter(isGood).length / decided.length) * 100_000) / 1_000;

const observationOf = (input: ScenarioInput, orders: readonly Order[]): Observation => ({
  orders,
  faultAtMs: input.faultAtMs,
  observedUntilMs: input.observedUntilMs,
  ledgerEndMs: ledgerEndMs(input.events),
  criterion: input.criterion ?? DEFAULT_CRITERION,
});

interface Measured {
  readonly observation: Observation;
  readonly recoveredMs: number | null;
  readonly loss: Loss | null;
}

const clientFigures = (input: ScenarioInput, { observation, recoveredMs }: Measured) => {
  const { orders, faultAtMs, observedUntilMs } = observation;
  const decided = decidedSince(observation, input.fromMs);
  const before = acknowledgedWithin(orders, input.fromMs, faultAtMs);
  const after = acknowledgedWithin(orders, faultAtMs, observedUntilMs);
  const gapMs = writeGapMs(observation, recoveredMs ?? observedUntilMs);
  return {
    acknowledged: before + after,
    acknowledged_before: before,
    acknowledged_after: after,
    write_gap_seconds: gapMs === null ? null : secondsOf(gapMs),
    given_up: decided.filter(({ gaveUp }) => gaveUp).length,
    availability_percent: availabilityPercent(decided),
    late_lapses:
      recoveredMs === null
        ? null
        : decidedSince(observation, recoveredMs).filter((order) => !isGood(order)).length,
  };
};

const storeFigures = (input: ScenarioInput, orders: readonly Order[]): readonly StoreFigures[] =>
  Object.entries(input.survivorsByStore ?? {}).map(([store, survivors]) => {
    const { lostIds, rpoMs } = measureLoss(orders, input.faultAtMs, survivors, input.knownLost);
    const limit = input.lossLimits?.[store];
    return {
      store,
      lost: lostIds.length,
      rpo_seconds: secondsOf(rpoMs),
      ...(limit === undefined ? {} : { limit_seconds: limit }),
    };
  });

const figuresOf = (input: ScenarioInput, measured: Measured): ScenarioFigures => {
  const { recoveredMs, loss } = measured;
  return {
    name: input.name,
    fault: input.fault,
    rto_seconds: recoveredMs === null ? null : secondsOf(recoveredMs - input.faultAtMs),
    rpo_seconds: loss === null ? null : secondsOf(loss.rpoMs),
    lost: loss === null ? null : loss.lostIds.length,
    needless_failovers: input.needlessFailovers,
    phases: phasesSince(input.faultAtMs, { ...input.phases, 'first good write': recoveredMs }),
    had_to_fail_over: input.hadToFailOver,
    lost_ids: loss === null ? [] : loss.lostIds,
    stores: storeFigures(input, measured.observation.orders),
    ...clientFigures(input, measured),
    decision: input.decision,
    client_view: clientViewOf(input.events, {
      faultAtMs: input.faultAtMs,
      fromMs: Math.max(input.fromMs, input.faultAtMs - CLIENT_VIEW_LEAD_MS),
      untilMs: input.observedUntilMs,
      binMs: CLIENT_VIEW_BIN_MS,
    }),
  };
};

/**
 * Measures one scenario from the client's ledger, the fault injector's instant and the surviving rows, and says
 * whether it passed. What could not be measured is null, and the scenario does not pass.
 */
export const measureScenario = (input: ScenarioInput): ScenarioReport => {
  const orders = foldOrders(input.events);
  const observation = observationOf(input, orders);
  const loss =
    input.survivors === null
      ? null
      : measureLoss(orders, input.faultAtMs, input.survivors, input.knownLost ?? new Set<string>());
  const figures = figuresOf(input, { observation, recoveredMs: recoveredAtMs(observation), loss });
  const shortcomings = [...shortcomingsOf(figures, input.objectives), ...(input.problems ?? [])];
  const passed = shortcomings.length === 0;
  return { ...figures, passed, why: passed ? null : shortcomings.join('; ') };
};

import type { CopiesRecord } from '../domain/consistency/record';
import type { CopiesVerdict } from '../domain/consistency/report';
import { sentenceOn, verdictOnCopies } from '../domain/consistency/report';
import { isShadowed } from '../domain/decision/backtest';
import type { Decision, Verdict } from '../domain/decision/decision';
import type { RecordedDecision } from '../domain/decision/record';
import type { Snapshot } from '../domain/decision/snapshot';
import { zoneScore } from '../domain/health/score';
import type { DrillHold, Operation, Outcome, Place, Seat } from '../domain/protocol/seat';
import { holdSentence } from '../domain/sync/derive';
import type { Store } from '../domain/topology';
import { balanceOf } from '../domain/traffic/balance-of';
import { WHOLE } from '../domain/traffic/weights';
import type { Weights } from '../ports/traffic';

interface PlaceStatus {
  readonly writer: string;
  readonly eligible: string | null;
  readonly cooldown_left_seconds: number;
  /** Who keeps the copy away, how, since when and why; null: nobody. */
  readonly held: string | null;
}

const placeStatus = ({ writer, eligible, cooldownUntilMs, hold }: Place, nowMs: number): PlaceStatus => ({
  writer,
  eligible,
  cooldown_left_seconds: Math.max(0, Math.round((cooldownUntilMs - nowMs) / 1000)),
  held: hold ? holdSentence(hold) : null,
});

/** `evac status --json`: numbers with their unit in the name; null is "not known". */
export interface StatusReport {
  readonly workload: string;
  readonly where: string;
  readonly automatic: string;
  readonly seat: {
    readonly epoch: number;
    readonly writer: string;
    readonly eligible: string | null;
    /** Where the other stores write. */
    readonly beside: Readonly<Record<string, PlaceStatus>>;
    readonly running: Operation | null;
    readonly drill: DrillHold | null;
    readonly cooldown_left_seconds: number;
    readonly held: string | null;
    readonly last_outcome: Outcome | null;
    /** Where a guard left the traffic, away from the writer; null: nowhere else. */
    readonly traffic_left: Weights | null;
  };
  readonly traffic_weights: Weights | null;
  /** Active-active: what becomes of the weights, and why; null in active-standby. */
  readonly traffic_balance: string | null;
  /** `operation` is what the evidence asks for; `kind` says whether it is done. */
  readonly decision: Pick<Decision, 'kind' | 'scenario' | 'confidence' | 'reasons' | 'operation'>;
  /** `automatic: shadow`: the newest decision that the policy alone kept from being done; else null. */
  readonly would_have: WouldHave | null;
  /** How each store's copies compared the last time; none: not yet, or long ago. */
  readonly copies: readonly CopiesStatus[];
  readonly zones: readonly ZoneStatus[];
  readonly witnesses: readonly WitnessStatus[];
}

export interface WouldHave {
  readonly at_ms: number;
  readonly epoch: number;
  readonly operation: Decision['operation'];
  readonly reason: string;
}

interface CopiesStatus {
  readonly store: Store;
  readonly verdict: CopiesVerdict;
  readonly ago_seconds: number;
  readonly sentence: string;
  readonly execution: string;
}

export interface ZoneStatus {
  readonly zone: string;
  readonly role: string;
  readonly score: number | null;
  readonly components: readonly ComponentStatus[];
}

export interface ComponentStatus {
  readonly component: string;
  readonly state: string;
  readonly score: number | null;
  readonly trend: string;
  readonly lag_seconds: number | null;
  readonly reasons: readonly string[];
}

export interface WitnessStatus {
  readonly witness: string;
  readonly fresh: boolean;
  readonly round: number | null;
}

const componentStatus = (verdict: Verdict): ComponentStatus => ({
  component: verdict.component,
  state: verdict.state,
  score: verdict.score,
  trend: verdict.trend,
  lag_seconds: verdict.lagSeconds,
  reasons: verdict.reasons,
});

const zoneStatus = (
  snapshot: Snapshot,
  decision: Decision,
  zone: { readonly id: string; readonly role: string },
): ZoneStatus => {
  const verdicts = decision.verdicts.filter((verdict) => verdict.zone === zone.id);
  return {
    zone: zone.id,
    role: zone.role,
    score: zoneScore(verdicts, zone.id, snapshot.topology),
    components: verdicts.map(componentStatus),
  };
};

const witnessStatus = (snapshot: Snapshot, witness: string): WitnessStatus => ({
  witness,
  fresh: snapshot.ageMs[witness] !== undefined,
  round: snapshot.observations.find((entry) => entry.witness === witness)?.round ?? null,
});

const wouldHave = (recent: readonly RecordedDecision[]): WouldHave | null => {
  const found = recent.find(({ decision }) => isShadowed(decision));
  if (found === undefined) return null;
  const { operation, reasons, scenario } = found.decision;
  return { at_ms: found.atMs, epoch: found.epoch, operation, reason: reasons[0]?.sentence ?? scenario };
};

const copiesStatus = (nowMs: number, { report, endedAtMs, execution }: CopiesRecord): CopiesStatus => ({
  store: report.store,
  verdict: verdictOnCopies(report),
  ago_seconds: Math.max(0, Math.round((nowMs - endedAtMs) / 1000)),
  sentence: sentenceOn(report),
  execution,
});

const isLeft = ({ traffic, balancedAtMs, writer }: Seat): boolean =>
  (balancedAtMs ?? null) === null && (traffic ?? null) !== null && traffic?.[writer] !== WHOLE;

/** Pure: everything `evac status` shows. */
export const buildStatus = (facts: {
  readonly snapshot: Snapshot;
  readonly decision: Decision;
  readonly weights: Weights | null;
  /** What was decided of late, newest first; only shadow looks back. */
  readonly recent: readonly RecordedDecision[];
  readonly copies: readonly CopiesRecord[];
  readonly where: string;
}): StatusReport => {
  const { snapshot, decision, weights, where, recent, copies } = facts;
  const { seat, topology } = snapshot;
  return {
    workload: topology.workload,
    where,
    automatic: topology.policy.automatic,
    seat: {
      epoch: seat.epoch,
      ...placeStatus(seat, snapshot.nowMs),
      beside: Object.fromEntries(
        Object.entries(seat.beside).map(([store, place]) => [store, placeStatus(place, snapshot.nowMs)]),
      ),
      running: seat.operation,
      drill: seat.drill,
      last_outcome: seat.lastOutcome,
      traffic_left: isLeft(seat) ? (seat.traffic ?? null) : null,
    },
    traffic_weights: weights,
    traffic_balance: balanceOf(snapshot)?.why ?? null,
    decision: {
      kind: decision.kind,
      scenario: decision.scenario,
      confidence: decision.confidence,
      reasons: decision.reasons,
      operation: decision.operation,
    },
    would_have: wouldHave(recent),
    copies: copies.map((record) => copiesStatus(snapshot.nowMs, record)),
    zones: topology.zones.map((zone) => zoneStatus(snapshot, decision, zone)),
    witnesses: [...topology.zones.map((zone) => zone.id), 'region'].map((witness) =>
      witnessStatus(snapshot, witness),
    ),
  };
};

import { trendTermsOf } from '../health/trend';
import type { TrendTerms } from '../health/trend';
import { opinionsOn } from '../quorum/opinion';
import type { Classified } from '../scenario/classify';
import { classify } from '../scenario/classify';
import type { ScenarioRule } from '../scenario/rules';
import { SCENARIO_RULES } from '../scenario/rules';
import { situationOf } from '../scenario/situation';
import type { Component, Topology, WitnessId, ZoneId } from '../topology';
import { assessRequest, targetTestimony } from './assess-request';
import { confidenceOf } from './confidence';
import type { Confidence } from './confidence';
import { considerAll, decide, testimonyIn } from './decide';
import type { Decision } from './decision';
import type { Circumstances, RecordedDecision } from './record';
import { seatFault } from './seat-fault';
import type { Snapshot } from './snapshot';

/** A policy and what it is called. */
export interface PolicyInForce {
  readonly topology: Topology;
  readonly version: string;
}

/** The row of the scenario table that named the situation, and where it stands: earlier rows win. */
export type MatchedRule = Pick<ScenarioRule, 'name' | 'evidence' | 'action' | 'why'> & {
  readonly row: number;
  readonly rows: number;
};

export interface ComponentTrend extends TrendTerms {
  readonly component: Component;
  readonly zone: ZoneId;
}

/** What stands behind a decision and is not in it: the terms that its numbers are made of. */
export interface Working {
  readonly rule: MatchedRule | null;
  /** Null when the seat itself was at fault: then nothing was judged. */
  readonly confidence:
    | (Confidence & {
        readonly supporters: readonly WitnessId[];
        readonly electorate: readonly WitnessId[];
      })
    | null;
  readonly trends: readonly ComponentTrend[];
}

export interface Difference {
  /** Dotted path in the decision. */
  readonly path: string;
  readonly stored: unknown;
  readonly derived: unknown;
}

export interface Retaken {
  readonly decision: Decision;
  readonly working: Working;
}

const snapshotOf = (
  evidence: RecordedDecision['evidence'],
  at: Circumstances,
  policy: PolicyInForce,
): Snapshot => ({
  topology: policy.topology,
  policyVersion: policy.version,
  seat: at.seat,
  observations: evidence,
  ageMs: at.ageMs,
  nowMs: at.nowMs,
  decidedBy: at.decidedBy,
});

const ruleOf = ({ rule }: Classified): MatchedRule | null => {
  if (rule === null) return null;
  const { name, evidence, action, why } = rule;
  return { name, evidence, action, why, row: SCENARIO_RULES.indexOf(rule) + 1, rows: SCENARIO_RULES.length };
};

const workingOf = (snapshot: Snapshot, { request }: Circumstances): Working => {
  if (seatFault(snapshot) !== null) return { rule: null, confidence: null, trends: [] };
  const situation = situationOf(snapshot);
  const found = request === null ? considerAll(situation, snapshot.nowMs).found : classify(situation);
  const testimony =
    request === null ? testimonyIn(situation, found.match) : targetTestimony(situation, request.to);
  const { supporters, electorate } = testimony;
  return {
    rule: ruleOf(found),
    confidence: { ...confidenceOf(situation.evidence, testimony), supporters, electorate },
    trends: situation.verdicts.map(({ component, zone }) => {
      const opinions = opinionsOn(situation.evidence, { component, zone });
      return { component, zone, ...trendTermsOf(opinions.flatMap(({ target }) => target ?? [])) };
    }),
  };
};

/** Takes a decision again, from what was recorded and a policy alone (I12). */
export const retake = (
  evidence: RecordedDecision['evidence'],
  circumstances: Circumstances,
  policy: PolicyInForce,
): Retaken => {
  const snapshot = snapshotOf(evidence, circumstances, policy);
  const { request } = circumstances;
  return {
    decision: request === null ? decide(snapshot) : assessRequest(snapshot, request),
    working: workingOf(snapshot, circumstances),
  };
};

const isBranch = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object';

const differencesAt = (path: string, stored: unknown, derived: unknown): readonly Difference[] => {
  if (!isBranch(stored) || !isBranch(derived))
    return stored === derived ? [] : [{ path, stored: stored ?? null, derived: derived ?? null }];
  const keys = [...new Set([...Object.keys(stored), ...Object.keys(derived)])];
  return keys.flatMap((key) =>
    differencesAt(path === '' ? key : `${path}.${key}`, stored[key], derived[key]),
  );
};

/** Every value in which two decisions are not the same. */
export const differencesOf = (stored: Decision, derived: Decision): readonly Difference[] =>
  differencesAt('', stored, derived);

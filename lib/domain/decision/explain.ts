import type { Decision, Reason, Verdict } from './decision';
import { DecisionKind } from './decision';
import { ofStores } from './of-stores';

const HEADLINE: Record<DecisionKind, string> = {
  [DecisionKind.failover]: 'failover',
  [DecisionKind.act]: 'act',
  [DecisionKind.hold]: 'hold',
  [DecisionKind.refuse]: 'refused',
  [DecisionKind.none]: 'nothing to do',
};

const percent = (term: number): number => Math.round(term * 100);

const score = ({ score: value, scoreTerms }: Verdict): string => {
  if (value === null) return 'no score yet';
  const terms = Object.entries(scoreTerms).map(([name, term]) => `${name} ${percent(term)} %`);
  return `score ${value} (${terms.join(', ')})`;
};

const outlook = ({ trend, forecastSeconds, lagSeconds }: Verdict): string =>
  [
    trend,
    ...(forecastSeconds === null ? [] : [`failing in about ${forecastSeconds} s at this pace`]),
    ...(lagSeconds === null ? [] : [`lag ${lagSeconds} s`]),
  ].join(', ');

const votes = ({ votes: cast }: Verdict): string =>
  Object.entries(cast)
    .map(([witness, vote]) => `${witness} ${vote}`)
    .join(', ');

/** One component in one zone, plain text: what it is, why, and who says so. */
export const explainVerdict = (verdict: Verdict): readonly string[] => [
  `${verdict.component} in ${verdict.zone}: ${verdict.state}, ${score(verdict)}, ${outlook(verdict)}`,
  `  votes: ${votes(verdict) || 'nobody may vote'}`,
  ...verdict.reasons.map((reason) => `  - ${reason}`),
];

const numbers = (reason: Reason): string =>
  Object.entries(reason.numbers)
    .map(([name, value]) => `${name}=${value ?? 'unknown'}`)
    .join(' ');

/** The same code, sentence and numbers as in log, report and API. */
export const explainReason = (reason: Reason): string =>
  [`[${reason.code}] ${reason.sentence}`, numbers(reason)].filter((part) => part !== '').join('  ');

const intention = ({ operation }: Decision): readonly string[] =>
  operation === null
    ? []
    : [
        `${operation.mode} ${operation.kind}${ofStores(operation.stores)} from ${operation.from} to ${operation.to}`,
      ];

/** A decision for people: headline, reasons, evidence. Plain text without colour, one string a line. */
export const explainDecision = (decision: Decision): readonly string[] => [
  [
    `decision: ${HEADLINE[decision.kind]}`,
    ...intention(decision),
    `scenario ${decision.scenario}`,
    `confidence ${decision.confidence}`,
  ].join(', '),
  ...decision.reasons.map((reason) => `  ${explainReason(reason)}`),
  ...(decision.voters.length === 0
    ? []
    : [`  rests on ${decision.voters.map(({ witness, round }) => `${witness} round ${round}`).join(', ')}`]),
  `  seat epoch ${decision.seatEpoch}, policy ${decision.policyVersion}`,
  ...decision.verdicts.flatMap(explainVerdict),
];

import { SCORE_WEIGHT } from '../health/score';
import { FLAT_BAND_POINTS_PER_ROUND } from '../health/trend';
import type { Observation, TargetObservation } from '../observation';
import { targetKey } from '../observation';
import type { Seat } from '../protocol/seat';
import { CONFIDENCE_WEIGHT } from './confidence';
import { explainDecision, explainReason } from './explain';
import type { Circumstances, RecordedDecision } from './record';
import type { ComponentTrend, Difference, Working } from './retake';

const at = (ms: number): string => new Date(ms).toISOString();
const names = (list: readonly string[]): string => list.join(', ') || 'nobody';
const rounded = (value: number): number => Math.round(value * 100) / 100;

const weighted = (terms: Readonly<Record<keyof typeof CONFIDENCE_WEIGHT, number>>): string =>
  (Object.keys(CONFIDENCE_WEIGHT) as (keyof typeof CONFIDENCE_WEIGHT)[])
    .map((name) => `${CONFIDENCE_WEIGHT[name]} × ${name} ${rounded(terms[name])}`)
    .join(' + ');

const confidenceLine = ({ confidence }: Working): string => {
  if (confidence === null) return 'confidence: none, the seat itself was at fault';
  const { supporters, electorate, terms } = confidence;
  return `confidence ${confidence.confidence} = ${weighted(terms)}; carried by ${names(supporters)}, out of ${names(electorate)}`;
};

const ruleLine = ({ rule }: Working): string =>
  rule === null
    ? 'rule: no row of the scenario table matched'
    : `rule: row ${rule.row} of ${rule.rows}, ${rule.name}, action ${rule.action}: ${rule.evidence} (${rule.why})`;

const scoreLine = (): string => {
  const weights = Object.entries(SCORE_WEIGHT).map(([name, weight]) => `${name} ${weight}`);
  return `score = the mean of its known terms, weighted ${weights.join(', ')}`;
};

const trendLine = ({ component, zone, points, slopePointsPerRound }: ComponentTrend): string => {
  const slope =
    slopePointsPerRound === null
      ? 'too few for a slope'
      : `${rounded(slopePointsPerRound)} points of success a round`;
  return `  ${component} in ${zone}: ${points} points, ${slope}`;
};

const age = (ageMs: number | undefined): string =>
  ageMs === undefined ? 'never seen to change, so silent' : `${Math.round(ageMs)} ms old`;

const sight = ({ kind, zone, latest, consecutiveFailed, confirmed, recent }: TargetObservation): string => {
  const failed =
    consecutiveFailed === 0
      ? ''
      : ` ${consecutiveFailed} times in a row${confirmed ? ', confirmed' : ', not confirmed'}`;
  const why = latest.reason === null ? '' : ` (${latest.reason})`;
  return `    ${targetKey(kind, zone)}: ${latest.state}${failed}${why}  ${recent.slice(-20)}`;
};

const witnessLines = (seen: Observation, ageMs: Circumstances['ageMs']): readonly string[] => [
  `  ${seen.witness}: round ${seen.round}, ${age(ageMs[seen.witness])}, itself ${Math.round(seen.stalledMs)} ms late at worst`,
  ...seen.targets.map(sight),
];

const seatLine = (seat: Seat, nowMs: number): string => {
  const held =
    seat.operation === null
      ? 'nothing ran'
      : `a ${seat.operation.kind} of epoch ${seat.operation.epoch} was ${seat.operation.phase}`;
  const cooldownSeconds = Math.max(0, Math.ceil((seat.cooldownUntilMs - nowMs) / 1000));
  return `seat then: epoch ${seat.epoch}, writer ${seat.writer}, standby ${seat.eligible ?? 'none eligible'}, ${held}, cooldown ${cooldownSeconds} s left`;
};

const requestLine = ({ request }: Circumstances): readonly string[] =>
  request === null
    ? []
    : [
        `asked for: ${request.mode} ${request.kind ?? 'failover'} to ${request.to}, "${request.reason}"` +
          (request.overrideCooldown === true ? ', cooldown overridden' : '') +
          (typeof request.acceptLossSeconds === 'number'
            ? `, up to ${request.acceptLossSeconds} s of loss accepted`
            : ''),
      ];

const authorOf = ({ trigger, actor }: Circumstances): string => `taken by ${actor} (trigger ${trigger})`;

/** What is known of a decision from its record alone; `circumstances` and the evidence are printed as they were. */
export const explainRecord = (record: RecordedDecision): readonly string[] => {
  const { circumstances: then, refused } = record;
  const author = then === undefined ? 'by whom is not on record' : authorOf(then);
  return [
    `epoch ${record.epoch}, ${at(record.atMs)}, ${author}`,
    ...(then === undefined ? [] : [...requestLine(then), seatLine(then.seat, then.nowMs)]),
    ...explainDecision(record.decision),
    ...(refused === undefined ? [] : [`its claim was refused: ${explainReason(refused)}`]),
    'what each witness saw, oldest round first in the letters (o ok, f failed, u unknown):',
    ...record.evidence.flatMap((seen) => witnessLines(seen, then?.ageMs ?? {})),
  ];
};

/** The terms behind the numbers of a decision. */
export const explainWorking = (working: Working): readonly string[] => [
  ruleLine(working),
  confidenceLine(working),
  scoreLine(),
  `trend, called stable within ${FLAT_BAND_POINTS_PER_ROUND} points a round either way:`,
  ...working.trends.map(trendLine),
];

/** Both sides of what did not come out the same. */
export const explainDifference = ({ path, stored, derived }: Difference): string =>
  `${path}: stored ${JSON.stringify(stored)}, derived ${JSON.stringify(derived)}`;

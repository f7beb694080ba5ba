import { explainReason } from '../../domain/decision/explain';
import type { Reason } from '../../domain/decision/decision';
import type { Outcome } from '../../domain/protocol/seat';
import type { DecisionRecord } from '../../ports/state-store';
import type { Measured } from './scenario';

type Differences = readonly string[];

/** Each check says what it wanted and what it found, or nothing. */
export const unless = (holds: boolean, sentence: string): Differences => (holds ? [] : [sentence]);

const nameOf = ({ epoch, decision }: DecisionRecord): string =>
  `epoch ${epoch} ${decision.operation?.from ?? '?'}→${decision.operation?.to ?? '?'} (${decision.scenario})`;

export const describeOutcome = ({ epoch, kind, result, from, to, reason }: Outcome): string =>
  `epoch ${epoch} ${kind} ${from}→${to} ${result} (${reason})`;

const listed = (entries: readonly string[]): string => (entries.length === 0 ? 'none' : entries.join('; '));

/** I1 and I2, in every row in which a synchronous standby was eligible until the fault; what acknowledges alone keeps its limit. */
export const nothingLost = ({ lost, twoWriterMs, alone }: Measured): Differences => [
  ...unless(lost === 0, `${lost} acknowledged writes are missing from the surviving history, wanted 0`),
  ...unless(twoWriterMs === 0, `two writers acknowledged side by side for ${twoWriterMs} ms, wanted 0`),
  ...alone.flatMap(({ store, lost: missing, rpo_seconds: age, limit_seconds: limit = 0 }) =>
    unless(
      age <= limit,
      `${store}: of ${missing} missing the oldest was ${age} s old, its objective is ${limit} s`,
    ),
  ),
];

export const failoversWere = ({ failovers }: Measured, wanted: number): Differences =>
  unless(
    failovers.length === wanted,
    `${wanted} failover(s) wanted, ${failovers.length} claimed: ${listed(failovers.map(nameOf))}`,
  );

/** Clients were served again, and stayed served, by whatever the row lets serve them. */
export const serviceCameBack = ({ rtoSeconds }: Measured): Differences =>
  unless(rtoSeconds !== null, 'the public path was not seen to become and to stay good after the fault');

/** I8: the longest time in which no order at all was acknowledged. */
export const goesOnWithin = ({ gapSeconds }: Measured, seconds: number): Differences =>
  gapSeconds === null
    ? ['the longest gap without an acknowledged order could not be measured']
    : unless(
        gapSeconds <= seconds,
        `the primary goes on within ${seconds} s wanted, nothing was acknowledged for ${gapSeconds.toFixed(2)} s`,
      );

export const outcomesOf = ({ outcomes }: Measured, kind: Outcome['kind']): readonly Outcome[] =>
  outcomes.filter((outcome) => outcome.kind === kind);

export const endedAs = (measured: Measured, kind: Outcome['kind'], result: Outcome['result']): Differences =>
  unless(
    outcomesOf(measured, kind).some((outcome) => outcome.result === result),
    `a ${kind} that ended as ${result} wanted, the outcomes were: ${listed(measured.outcomes.map(describeOutcome))}`,
  );

/** One failover, the clients served by the other zone, nothing lost. */
export const failedOverOnce = (measured: Measured): Differences => [
  ...failoversWere(measured, 1),
  ...endedAs(measured, 'failover', 'completed'),
  ...serviceCameBack(measured),
  ...nothingLost(measured),
];

/** Reasons of this code among what was decided; with none, what there was instead. */
export const reasonGiven = (reasons: readonly Reason[], code: string, what: string): Differences =>
  unless(
    reasons.some((reason) => reason.code === code),
    `${what}: the reason ${code} wanted, given were: ${listed([...new Set(reasons.map(explainReason))])}`,
  );

import type { Decision } from './decision';
import { DecisionKind } from './decision';
import type { RecordedDecision } from './record';
import type { PolicyInForce } from './retake';
import { retake } from './retake';

/** What doing it came down to: two decisions that differ in none of this act alike. */
const gistOf = ({ kind, scenario, operation, reasons }: Decision): string =>
  JSON.stringify([kind, scenario, operation, reasons.map(({ code }) => code)]);

export interface Comparison {
  readonly record: RecordedDecision;
  readonly now: Decision;
}

export interface Backtest {
  /** Decisions that were taken again. */
  readonly replayed: number;
  readonly same: number;
  readonly different: readonly Comparison[];
  /** Recorded before their circumstances were kept. */
  readonly notReplayable: number;
}

/**
 * What another policy would have made of what was recorded. How a witness probes (interval, timeout, threshold, burst)
 * was settled when it looked, so a change of those shows only as far as it changes how the same rounds are read.
 */
export const backtest = (records: readonly RecordedDecision[], policy: PolicyInForce): Backtest => {
  const taken = records.flatMap((record) =>
    record.circumstances === undefined
      ? []
      : [{ record, now: retake(record.evidence, record.circumstances, policy).decision }],
  );
  const different = taken.filter(({ record, now }) => gistOf(record.decision) !== gistOf(now));
  return {
    replayed: taken.length,
    same: taken.length - different.length,
    different,
    notReplayable: records.length - taken.length,
  };
};

/** Shadow: what stood in the way was the policy's word alone, so with `automatic: on` it would have been done. */
export const isShadowed = ({ kind, operation, reasons: [, ...obstacles] }: Decision): boolean =>
  kind === DecisionKind.hold &&
  operation !== null &&
  obstacles.length > 0 &&
  obstacles.every(({ code }) => code === 'shadow');

import { electorateOf, majorityOf } from '../quorum/electorate';
import { opinionsOn } from '../quorum/opinion';
import type { Situation } from '../scenario/situation';
import type { Reason, Verdict } from './decision';
import { VerdictState } from './decision';

/** A verdict that somebody calls failed and the quorum does not: `pending` until confirmed, else `no-quorum`. */
const unsettled = (situation: Situation, verdict: Verdict): readonly Reason[] => {
  const { component, zone, state } = verdict;
  if (state === VerdictState.failed) return [];
  const opinions = opinionsOn(situation.evidence, verdict);
  const failed = opinions.filter(({ vote }) => vote === 'failed').length;
  const pending = opinions.filter((opinion) => opinion.pending).length;
  if (failed + pending === 0) return [];
  const electorate = electorateOf(situation.topology, verdict);
  const ok = opinions.filter(({ vote }) => vote === 'ok').length;
  const needed = majorityOf(electorate);
  const numbers = { component, zone, failed, pending, ok, needed, electorate: electorate.length };
  const votes = `${failed} of ${electorate.length} say failed, ${pending} not confirmed yet, ${ok} say ok, needed ${needed} with one outside both data zones and no ok`;
  return [
    pending > 0 && ok === 0
      ? { code: 'pending', sentence: `${component} in ${zone} is about to be judged: ${votes}`, numbers }
      : { code: 'no-quorum', sentence: `${component} in ${zone} is not failed: ${votes}`, numbers },
  ];
};

/** Failures that are seen and do not carry (yet), in the order of the verdicts. */
export const unsettledReasons = (situation: Situation): readonly Reason[] =>
  situation.verdicts.flatMap((verdict) => unsettled(situation, verdict));

/** What failed beyond doubt and no row of the table answers: said, so that `hold` is never silent about it. */
export const unansweredReasons = (situation: Situation): readonly Reason[] =>
  situation.verdicts
    .filter(({ state }) => state === VerdictState.failed)
    .map(({ component, zone, score }) => ({
      code: 'no-remedy',
      sentence: `${component} in ${zone} is failed, and moving the writer would not help`,
      numbers: { component, zone, score },
    }));

import type { Reason, Verdict } from '../decision/decision';
import type { Store, WitnessId } from '../topology';
import { electorateOf } from '../quorum/electorate';
import { votersFor } from '../quorum/judge';
import type { Situation } from './situation';

/** Why a rule applies, and whose word it rests on. */
export interface Match {
  readonly reason: Reason;
  /** Witnesses whose evidence carries it; a claim is bound to their rounds (§3b.9). */
  readonly supporters: readonly WitnessId[];
  /** Those who could have said so. */
  readonly electorate: readonly WitnessId[];
  /** The failed verdict it rests on, when it does. */
  readonly accusation: Verdict | null;
  /** What the row's action is about; PostgreSQL where the row does not say. */
  readonly stores?: readonly Store[];
}

/** `stores`: see `Match`. */
export const accusedBy = (
  situation: Situation,
  verdict: Verdict,
  { stores, ...reason }: Reason & Pick<Match, 'stores'>,
): Match => ({
  reason,
  ...(stores === undefined ? {} : { stores }),
  supporters: votersFor(verdict, 'failed'),
  electorate: electorateOf(situation.topology, verdict),
  accusation: verdict,
});

export const noted = (situation: Situation, reason: Reason): Match => ({
  reason,
  supporters: situation.evidence.fresh.map(({ witness }) => witness),
  electorate: [...situation.evidence.fresh.map(({ witness }) => witness), ...situation.evidence.silent],
  accusation: null,
});

export const tally = (situation: Situation, verdict: Verdict): Reason['numbers'] => ({
  zone: verdict.zone,
  component: verdict.component,
  failed: votersFor(verdict, 'failed').length,
  electorate: electorateOf(situation.topology, verdict).length,
});

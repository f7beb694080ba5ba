import type { Clause } from '../domain/protocol/clauses';
import type { VoterRound } from '../domain/protocol/seat';

/**
 * How many rounds a voter may have gone on since the decision before its evidence no longer carries a claim (§3b.9).
 * Twenty rounds are 2 s in the lab and 20 s with the 1 s profile: longer than a claim with all its retries takes,
 * shorter than the pause of a process that was frozen and thawed. Pass your own for slow rounds.
 */
export const DEFAULT_EVIDENCE_SLACK_ROUNDS = 20;

/** The voter is still in the same run, and at most `slackRounds` past the round it was heard in. */
export const evidenceStands = (voter: VoterRound, slackRounds: number): readonly Clause[] => {
  const refusal = {
    code: 'stale-evidence',
    sentence: `the witness ${voter.witness} has moved on since round ${voter.round} of its run; decide anew from fresh rounds`,
  };
  return [
    { name: 'voterRunIs', path: 'runId', op: 'eq', values: [voter.runId], refusal },
    {
      name: 'voterRoundNear',
      path: 'round',
      op: 'between',
      values: [voter.round, voter.round + slackRounds],
      refusal,
    },
  ];
};

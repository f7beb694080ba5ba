import { takeSnapshot } from '../../cli/snapshot';
import { decide } from '../../domain/decision/decide';
import type { Decision, Reason } from '../../domain/decision/decision';
import type { DecisionRecord } from '../../ports/state-store';
import type { Row } from './scenario';

/** What `evac status` says at this moment, from what all witnesses see. */
export const statusNow = async ({ connection }: Row): Promise<Decision> =>
  decide(await takeSnapshot(connection));

const LOOKED_AT = 200;

/** What was decided and not done since the row began, newest first. */
export const heldSince = async ({ connection, startEpoch }: Row): Promise<readonly DecisionRecord[]> =>
  (await connection.store.recentDecisions(LOOKED_AT)).filter(({ epoch }) => epoch >= startEpoch);

export const reasonsOf = (records: readonly DecisionRecord[]): readonly Reason[] =>
  records.flatMap(({ decision }) => decision.reasons);

/** Waits until the status names what a person has to know. @throws DeadlineExceeded with what it says instead */
export const statusNames = async (row: Row, word: string): Promise<Decision> => {
  let last: Decision | null = null;
  await row.wait(`the status names ${word}`, async () => {
    last = await statusNow(row);
    return last.reasons.some(({ sentence }) => sentence.includes(word));
  });
  return last ?? statusNow(row);
};

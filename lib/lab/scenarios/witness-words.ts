import { takeSnapshot } from '../../cli/snapshot';
import { decide } from '../../domain/decision/decide';
import type { Decision, Reason } from '../../domain/decision/decision';
import type { DecisionRecord } from '../../ports/state-store';
import type { Row } from './scenario';

/** What `evac status` says at this moment, from what all witnesses see. */
const statusNow = async ({ connection }: Row): Promise<Decision> => decide(await takeSnapshot(connection));

const LOOKED_AT = 200;

/** What was decided and not done since the row began, newest first. */
export const heldSince = async ({ connection, startedAtMs }: Row): Promise<readonly DecisionRecord[]> =>
  (await connection.store.recentDecisions(LOOKED_AT)).filter(({ atMs }) => atMs >= startedAtMs);

export const reasonsOf = (records: readonly DecisionRecord[]): readonly Reason[] =>
  records.flatMap(({ decision }) => decision.reasons);

/** Waits until the status says that exactly these witnesses are missing. @throws DeadlineExceeded */
export const statusMisses = (row: Row, witnesses: readonly string[]): Promise<void> => {
  const sentence = `no usable evidence from ${witnesses.join(', ')};`;
  return row.wait(`the status says "${sentence}"`, async () =>
    (await statusNow(row)).reasons.some(
      (reason) => reason.code === 'witness-cut-off' && reason.sentence.startsWith(sentence),
    ),
  );
};

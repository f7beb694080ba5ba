import { policyVersion } from '../config/policy-version';
import { explainDifference, explainRecord, explainWorking } from '../domain/decision/explain-record';
import type { RecordedDecision } from '../domain/decision/record';
import type { Difference, PolicyInForce, Retaken } from '../domain/decision/retake';
import { differencesOf, retake } from '../domain/decision/retake';
import { DamagedState, InvalidRequest } from '../domain/errors';
import { NothingRecorded, NotReplayable } from './cli-errors';
import type { Connection } from './connection';
import type { Output } from './output';

type Reach = Pick<Connection, 'store' | 'topology' | 'policyVersion' | 'where'>;

export interface ExplainOptions {
  readonly epoch?: string;
  readonly json?: boolean;
}

/** Whether the decision came out the same when it was taken again; `impossible` says why it could not be. */
type Replay =
  | { readonly outcome: 'same' | 'different'; readonly differences: readonly Difference[] }
  | { readonly outcome: 'impossible'; readonly why: string };

/** A decision, what it is made of, and whether it holds. */
interface Explanation {
  readonly record: RecordedDecision;
  readonly policy: { readonly stored: string; readonly deployed: string };
  readonly retaken: Retaken | null;
  readonly replay: Replay;
}

const epochOf = (text: string): number => {
  const epoch = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(epoch) && epoch >= 0) return epoch;
  throw new InvalidRequest(`the epoch "${text}" is no whole number; evac status shows the present one`);
};

const newestOf = async (reach: Reach, epoch: number | null): Promise<RecordedDecision> => {
  const { store, where } = reach;
  const claim = epoch === null ? null : await store.readDecision(epoch);
  const found =
    claim ?? (epoch === null ? await store.recentDecisions(1) : await store.decisionsIn(epoch, 1))[0];
  if (found !== undefined) return found;
  throw new NothingRecorded(
    `${where} has no decision ${epoch === null ? 'on record' : `on record for epoch ${epoch}`}; those that changed nothing are kept for 30 days`,
  );
};

/** The policy a decision was made under: as it was kept then, else the file at hand when that is the same one. */
const policyUnder = async (reach: Reach, version: string): Promise<PolicyInForce | null> => {
  const topology = await reach.store.readPolicy(version);
  if (topology === null)
    return version === reach.policyVersion ? { version, topology: reach.topology } : null;
  const found = policyVersion(topology);
  if (found === version) return { version, topology };
  throw new DamagedState(
    `The policy kept as ${version} in the state table is ${found}: somebody changed it. Restore the table to a point in time before, to explain what was decided under it.`,
  );
};

const impossible = (why: string): Pick<Explanation, 'retaken' | 'replay'> => ({
  retaken: null,
  replay: { outcome: 'impossible', why },
});

const takenAgain = (record: RecordedDecision, policy: PolicyInForce | null) => {
  const { circumstances } = record;
  if (circumstances === undefined)
    return impossible('recorded before Evac kept the seat and the ages that it was decided on');
  if (policy === null)
    return impossible(`policy ${record.decision.policyVersion} is not kept in the state table`);
  const retaken = retake(record.evidence, circumstances, policy);
  const differences = differencesOf(record.decision, retaken.decision);
  return {
    retaken,
    replay: { outcome: differences.length === 0 ? ('same' as const) : ('different' as const), differences },
  };
};

const replayLine = ({ replay, policy }: Explanation): string => {
  if (replay.outcome === 'impossible') return `cannot be re-derived: ${replay.why}`;
  const result = replay.outcome === 'same' ? 'the same decision' : 'NOT the same decision';
  return `re-derived from the stored evidence and policy ${policy.stored}: ${result}`;
};

const policyLine = ({ policy }: Explanation): readonly string[] =>
  policy.stored === policy.deployed
    ? []
    : [`decided under policy ${policy.stored}; this file is policy ${policy.deployed}`];

const textOf = (explanation: Explanation): string =>
  [
    ...explainRecord(explanation.record),
    ...(explanation.retaken === null ? [] : explainWorking(explanation.retaken.working)),
    ...policyLine(explanation),
    replayLine(explanation),
  ].join('\n');

/**
 * One recorded decision: what it rests on, term by term, and the same taken again from what was stored (I12).
 * @throws NotReplayable when it comes out differently, with both sides of each difference; NothingRecorded
 */
export const explain = async (reach: Reach, output: Output, options: ExplainOptions): Promise<void> => {
  const epoch = options.epoch === undefined ? null : epochOf(options.epoch);
  const record = await newestOf(reach, epoch);
  const { policyVersion: stored } = record.decision;
  const explanation: Explanation = {
    record,
    policy: { stored, deployed: reach.policyVersion },
    ...takenAgain(record, await policyUnder(reach, stored)),
  };
  output.result(options.json === true ? JSON.stringify(explanation, null, 2) : textOf(explanation));
  const { replay } = explanation;
  if (replay.outcome === 'different')
    throw new NotReplayable(
      [
        `the decision of epoch ${record.epoch} does not follow from its stored evidence (I12); either the record was changed, or this version of Evac decides differently:`,
        ...replay.differences.map((difference) => `  ${explainDifference(difference)}`),
      ].join('\n'),
    );
};

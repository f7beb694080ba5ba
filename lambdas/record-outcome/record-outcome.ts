import { Metric } from '../../lib/contract/metrics';
import { copiesExecutionName } from '../../lib/contract/names';
import type { Failure, OperationRef, RecordedOutcome, SyncChange } from '../../lib/contract/payload';
import { OperationKind, OutcomeResult } from '../../lib/domain/protocol/seat';
import { isCompared, Store } from '../../lib/domain/topology';
import { claimedEpoch } from '../shared/adopt';
import type { Ports } from '../shared/ports';
import type { Settled } from '../shared/settled';
import type { VerifyProgress } from '../verify-copies/verify-copies';
import { failureSentence } from '../shared/failure-sentence';

/** The whole state of a machine at its end, whichever way it came there. */
export interface RecordInput {
  readonly request?: unknown;
  readonly execution?: string;
  readonly operation?: OperationRef;
  readonly failure?: Failure;
  readonly undone?: Settled;
  readonly undoFailure?: Failure;
  /** Of a comparison of the copies: it holds no seat and has no epoch of its own. */
  readonly progress?: Pick<VerifyProgress, 'verdict' | 'sentence'>;
  /** Of what a person asked of the copies: what holds a seat there has executions of its own. */
  readonly change?: Pick<SyncChange, 'sentence'>;
}

/** A difference is for the alarms; what is not known was only not proven. */
const comparedAs = ({ verdict, sentence }: NonNullable<RecordInput['progress']>): RecordedOutcome => {
  const result = {
    equal: OutcomeResult.completed,
    different: OutcomeResult.failed,
    unknown: 'refused',
    'not-compared': OutcomeResult.completed,
  } as const;
  return { result: result[verdict], epoch: null, reason: sentence };
};

const outcomeOf = (input: RecordInput): RecordedOutcome => {
  const epoch = input.operation?.epoch ?? claimedEpoch(input.request);
  if (input.undoFailure !== undefined)
    return {
      result: OutcomeResult.failed,
      epoch,
      reason: `could not be settled yet: ${failureSentence(input.undoFailure)}`,
    };
  if (input.undone !== undefined) return { result: input.undone.result, epoch, reason: input.undone.reason };
  if (input.failure !== undefined)
    return { result: 'refused', epoch, reason: failureSentence(input.failure) };
  if (input.progress !== undefined) return comparedAs(input.progress);
  return { result: OutcomeResult.completed, epoch, reason: input.change?.sentence ?? 'all steps done' };
};

/** After a rejoin there are two copies again: they are compared in an execution of their own, which holds up nothing. */
const compareCopies = async (
  { operation }: RecordInput,
  { result }: RecordedOutcome,
  ports: Ports,
): Promise<void> => {
  const { verify, workload } = ports.topology;
  if (operation?.kind !== OperationKind.rejoin || result !== OutcomeResult.completed || !verify.afterSwitch)
    return;
  const stores = Object.values(Store)
    .filter((store) => operation.concerns[store] === 'yes')
    .filter(isCompared);
  if (stores.length === 0) return;
  const name = copiesExecutionName(workload, operation.epoch);
  await ports.workflows
    .start('verify', name, { stores, requestedBy: `the rejoin of epoch ${operation.epoch}` })
    .catch((cause: unknown) => ports.log.warn('the copies are not compared', { cause: String(cause) }));
};

/** The one end of every machine: what happened, for the console, the journal and the alarms. */
export const recordOutcome = async (input: RecordInput, ports: Ports): Promise<RecordedOutcome> => {
  const outcome = outcomeOf(input);
  const atMs = await ports.store.nowMs();
  if (outcome.epoch !== null)
    await ports.store.writeStep({
      epoch: outcome.epoch,
      name: 'record-outcome',
      status: outcome.result === OutcomeResult.completed ? 'done' : 'failed',
      startedAtMs: atMs,
      endedAtMs: atMs,
      detail: { ...outcome, execution: input.execution ?? null },
    });
  ports.log.info('outcome', { ...outcome });
  const value = outcome.result === OutcomeResult.failed ? 0 : 1;
  const dimensions = { Workload: ports.topology.workload };
  await ports.metrics.put([{ metric: Metric.operationResult, value, dimensions }]);
  await compareCopies(input, outcome, ports);
  return outcome;
};

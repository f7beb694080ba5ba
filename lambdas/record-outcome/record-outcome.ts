import { Metric } from '../../lib/contract/metrics';
import type { Failure, OperationRef, RecordedOutcome } from '../../lib/contract/payload';
import { OutcomeResult } from '../../lib/domain/protocol/seat';
import { claimedEpoch } from '../shared/adopt';
import type { Ports } from '../shared/ports';
import type { Settled } from '../shared/settled';
import { failureSentence } from '../shared/failure-sentence';

/** The whole state of a machine at its end, whichever way it came there. */
export interface RecordInput {
  readonly request?: unknown;
  readonly execution?: string;
  readonly operation?: OperationRef;
  readonly failure?: Failure;
  readonly undone?: Settled;
  readonly undoFailure?: Failure;
}

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
  return { result: OutcomeResult.completed, epoch, reason: 'all steps done' };
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
  return outcome;
};

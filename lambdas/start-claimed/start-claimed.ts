import type { DynamoDBStreamEvent } from 'aws-lambda';
import { executionName } from '../../lib/contract/names';
import { MACHINE_OF_OPERATION } from '../../lib/contract/workflows';
import { Trigger } from '../../lib/domain/protocol/seat';
import type { Ports } from '../shared/ports';
import { readSeat } from '../shared/seat-access';

/**
 * The outbox: a claimer that died between its claim and StartExecution is made good by the table's stream. The same
 * name and input make a second start harmless; a person's claim is carried by the execution that made it.
 */
export const startClaimed = async (epochs: readonly number[], ports: Ports): Promise<readonly string[]> => {
  const { operation } = await readSeat(ports);
  if (operation === null || !epochs.includes(operation.epoch) || operation.trigger === Trigger.human)
    return [];
  const name = executionName(ports.topology.workload, operation.epoch);
  if (operation.execution !== name) return [];
  await ports.workflows.start(MACHINE_OF_OPERATION[operation.kind], name, { epoch: operation.epoch });
  return [name];
};

/** Of the decision records that a claim put beside the seat. */
export const epochsOf = (event: DynamoDBStreamEvent): readonly number[] =>
  event.Records.flatMap((record) => {
    const epoch = Number(record.dynamodb?.NewImage?.['epoch']?.N);
    return Number.isInteger(epoch) ? [epoch] : [];
  });

import { recordOutcome } from '../../../lambdas/record-outcome/record-outcome';
import type { RecordInput } from '../../../lambdas/record-outcome/record-outcome';
import { toRef } from '../../../lambdas/shared/adopt';
import { createWorld, operationAt } from '../ports';

const operation = toRef(operationAt(8));
const failure = { Error: 'Refused', Cause: '{"errorMessage":"the cooldown has 900 s left"}' };
const undone = { result: 'rolled-back', reason: 'az-b did not verify', epoch: 9 } as const;
const undoFailure = { Error: 'Unreachable', Cause: 'no JSON' };

type Row = readonly [what: string, input: RecordInput, outcome: object, status: string | null, metric: 0 | 1];

const ENDINGS: readonly Row[] = [
  ['all steps done', { operation }, { result: 'completed', epoch: 8, reason: 'all steps done' }, 'done', 1],
  [
    'refused at the door',
    { request: { to: 'az-b' }, failure },
    { result: 'refused', epoch: null, reason: 'Refused: the cooldown has 900 s left' },
    null,
    1,
  ],
  [
    'refused with a claimed epoch',
    { request: { epoch: 8 }, failure },
    { result: 'refused', epoch: 8, reason: 'Refused: the cooldown has 900 s left' },
    'failed',
    1,
  ],
  [
    'undone',
    { operation, failure, undone },
    { result: 'rolled-back', epoch: 8, reason: 'az-b did not verify' },
    'failed',
    1,
  ],
  [
    'finished by its undoing',
    { operation, failure, undone: { ...undone, result: 'completed' } },
    { result: 'completed', epoch: 8, reason: 'az-b did not verify' },
    'done',
    1,
  ],
  [
    'ended badly',
    { operation, failure, undone: { ...undone, result: 'failed' } },
    { result: 'failed', epoch: 8, reason: 'az-b did not verify' },
    'failed',
    0,
  ],
  [
    'could not be undone',
    { operation, failure, undoFailure },
    { result: 'failed', epoch: 8, reason: 'could not be settled yet: Unreachable: no JSON' },
    'failed',
    0,
  ],
  [
    'a cause without a message',
    { request: {}, failure: { Error: 'States.Timeout', Cause: '{}' } },
    { result: 'refused', epoch: null, reason: 'States.Timeout: {}' },
    null,
    1,
  ],
];

describe('record-outcome', () => {
  it.each(ENDINGS)('%s', async (...[, input, outcome, status, metric]) => {
    const world = await createWorld();
    expect(await recordOutcome({ ...input, execution: 'orders-e8' }, world.ports)).toEqual(outcome);
    const lines = await world.ports.store.readSteps(8);
    expect(lines.map((line) => line.status)).toEqual(status === null ? [] : [status]);
    expect(world.metrics).toMatchObject([{ metric: 'OperationResult', value: metric }]);
  });
});

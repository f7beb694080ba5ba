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
  [
    'copies that are equal',
    { request: {}, progress: { verdict: 'equal', sentence: 'all equal' } },
    { result: 'completed', epoch: null, reason: 'all equal' },
    null,
    1,
  ],
  [
    'copies that differ',
    { request: {}, progress: { verdict: 'different', sentence: 'one differs' } },
    { result: 'failed', epoch: null, reason: 'one differs' },
    null,
    0,
  ],
  [
    'copies of which it is not known',
    { request: {}, progress: { verdict: 'unknown', sentence: 'no answer' } },
    { result: 'refused', epoch: null, reason: 'no answer' },
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

describe('after a rejoin', () => {
  const rejoin = toRef(operationAt(8, { kind: 'rejoin', stores: ['redis'] }));
  const settled = async (input: RecordInput, afterSwitch = true) => {
    const world = await createWorld();
    const topology = { ...world.topology, verify: { ...world.topology.verify, afterSwitch } };
    return { world, run: () => recordOutcome(input, { ...world.ports, topology }) };
  };

  it('of what elects by itself nothing is compared', async () => {
    const kafka = toRef(operationAt(8, { kind: 'rejoin', stores: ['kafka'] }));
    const { world, run } = await settled({ operation: kafka });
    await run();
    expect(world.workflows.started).toEqual([]);
  });

  it('the copies of its store are compared, once, in an execution of their own', async () => {
    const { world, run } = await settled({ operation: rejoin });
    await run();
    await run();
    expect(world.workflows.started).toEqual([
      {
        machine: 'verify',
        name: 'orders-v-e8',
        input: { stores: ['redis'], requestedBy: 'the rejoin of epoch 8' },
      },
    ]);
  });

  it.each<[string, RecordInput, boolean]>([
    ['another operation', { operation }, true],
    ['one that did not complete', { operation: rejoin, failure, undone }, true],
    ['a deployment that does not want it', { operation: rejoin }, false],
  ])('not after %s', async (_what, input, afterSwitch) => {
    const { world, run } = await settled(input, afterSwitch);
    await run();
    expect(world.workflows.started).toEqual([]);
  });

  it('that it could not be started is said, and fails nothing', async () => {
    const { world, run } = await settled({ operation: rejoin });
    jest.spyOn(world.workflows, 'start').mockRejectedValue(new Error('no answer'));
    expect(await run()).toMatchObject({ result: 'completed' });
    expect(world.lines).toContainEqual({
      level: 'warn',
      message: 'the copies are not compared',
      detail: { cause: 'Error: no answer' },
    });
  });
});

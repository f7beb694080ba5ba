import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { createStepFunctions } from '../../lib/workflow/step-functions';

const sfn = mockClient(SFNClient);
const PREFIX = 'arn:aws:states:us-east-1:123456789012:stateMachine:';
const EXECUTION = 'arn:aws:states:us-east-1:123456789012:execution:evac-orders-failover:orders-e8';
const workflows = createStepFunctions({ workload: 'orders', machineArnPrefix: PREFIX, timeoutMs: 3_000 });

const named = <T>(kind: new (options: { message: string; $metadata: object }) => T): T =>
  new kind({ message: 'said so', $metadata: {} });

const THROTTLED = new Error('ThrottlingException');

beforeEach(() => sfn.reset());

describe('starting', () => {
  const start = () => workflows.start('failover', 'orders-e8', { epoch: 8 });

  it('names the machine and the execution', async () => {
    sfn.on(StartExecutionCommand).resolves({});
    await start();
    expect(sfn.commandCalls(StartExecutionCommand)[0]?.args[0].input).toEqual({
      stateMachineArn: `${PREFIX}evac-orders-failover`,
      name: 'orders-e8',
      input: '{"epoch":8}',
    });
  });

  it('is done when somebody with the same claim was faster', async () => {
    sfn.on(StartExecutionCommand).rejects(named(ExecutionAlreadyExists));
    await expect(start()).resolves.toBeUndefined();
  });

  it('is Unreachable otherwise, with the cause', async () => {
    sfn.on(StartExecutionCommand).rejects(THROTTLED);
    await expect(start()).rejects.toMatchObject({
      name: 'Unreachable',
      retryable: true,
      message: 'Step Functions did not start failover orders-e8 within 3000 ms',
      cause: THROTTLED,
    });
  });
});

describe('describing', () => {
  const describeIt = () => workflows.describe('failover', 'orders-e8');

  it.each([
    ['RUNNING', 'running'],
    ['PENDING_REDRIVE', 'running'],
    ['SUCCEEDED', 'succeeded'],
    ['FAILED', 'failed'],
    ['TIMED_OUT', 'failed'],
    ['ABORTED', 'failed'],
    ['SOMETHING_NEW', 'unknown'],
    [undefined, 'unknown'],
  ] as const)('%s is %s', async (status, wanted) => {
    sfn.on(DescribeExecutionCommand).resolves({ status: status as 'RUNNING' });
    expect((await describeIt()).status).toBe(wanted);
    expect(sfn.commandCalls(DescribeExecutionCommand)[0]?.args[0].input.executionArn).toBe(EXECUTION);
  });

  it('says why it failed, and nothing of a cause when it did not', async () => {
    sfn
      .on(DescribeExecutionCommand)
      .resolvesOnce({ status: 'FAILED', error: 'rolled-back', cause: 'no fence' })
      .resolvesOnce({ status: 'TIMED_OUT' })
      .resolvesOnce({ status: 'RUNNING' });
    expect((await describeIt()).failure).toEqual({ error: 'rolled-back', cause: 'no fence' });
    expect((await describeIt()).failure).toEqual({ error: '', cause: '' });
    expect((await describeIt()).failure).toBeNull();
  });

  it('calls an execution that there is not unknown: it may be about to start', async () => {
    sfn.on(DescribeExecutionCommand).rejects(named(ExecutionDoesNotExist));
    expect(await describeIt()).toEqual({ status: 'unknown', failure: null });
  });

  it('is Unreachable when there is no answer: that is not "failed"', async () => {
    sfn.on(DescribeExecutionCommand).rejects(THROTTLED);
    await expect(describeIt()).rejects.toMatchObject({ name: 'Unreachable', cause: THROTTLED });
  });
});

describe('stopping', () => {
  const stop = () => workflows.stop('failover', 'orders-e8', 'stuck');

  it('says that it was taken over, and why', async () => {
    sfn.on(StopExecutionCommand).resolves({});
    await stop();
    expect(sfn.commandCalls(StopExecutionCommand)[0]?.args[0].input).toEqual({
      executionArn: EXECUTION,
      error: 'TakenOver',
      cause: 'stuck',
    });
  });

  it('is done for an execution that there is not', async () => {
    sfn.on(StopExecutionCommand).rejects(named(ExecutionDoesNotExist));
    await expect(stop()).resolves.toBeUndefined();
  });

  it.each(['FAILED', 'SUCCEEDED', 'TIMED_OUT'] as const)(
    'is done for one that has ended by itself (%s), whatever the refusal is called',
    async (status) => {
      sfn.on(StopExecutionCommand).rejects(new Error('ValidationException: Execution is not running'));
      sfn.on(DescribeExecutionCommand).resolves({ status });
      await expect(stop()).resolves.toBeUndefined();
    },
  );

  it('is Unreachable for one that runs on', async () => {
    sfn.on(StopExecutionCommand).rejects(THROTTLED);
    sfn.on(DescribeExecutionCommand).resolves({ status: 'RUNNING' });
    await expect(stop()).rejects.toMatchObject({
      name: 'Unreachable',
      message: 'Step Functions did not stop failover orders-e8 within 3000 ms',
      cause: THROTTLED,
    });
  });

  it('is Unreachable when it cannot even be looked at', async () => {
    sfn.on(StopExecutionCommand).rejects(THROTTLED);
    sfn.on(DescribeExecutionCommand).rejects(THROTTLED);
    await expect(stop()).rejects.toMatchObject({ name: 'Unreachable', cause: THROTTLED });
  });
});

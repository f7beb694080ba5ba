import { CreateTableCommand, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { AttributeDefinition, KeySchemaElement } from '@aws-sdk/client-dynamodb';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { DescribeExecutionOutput, HistoryEvent } from '@aws-sdk/client-sfn';
import { eventually, startLocalRegion } from './local-region';
import type { LocalRegion } from './local-region';

let region: LocalRegion;
let sfn: SFNClient;
let sleeper: string;
let failer: string;
let machines = 0;

beforeAll(async () => {
  region = await startLocalRegion();
  sfn = new SFNClient(region.client);
  sleeper = await region.createFunction(
    'sleeper',
    `await new Promise((done) => setTimeout(done, event.ms)); return event;`,
  );
  failer = await region.createFunction(
    'failer',
    `throw Object.assign(new Error('no'), { name: event.name ?? 'Refused' });`,
  );
  await region.invoke('sleeper', { ms: 0 });
  await region.invoke('failer');
}, 30_000);
afterAll(async () => {
  sfn.destroy();
  await region.close();
});

type States = Record<string, unknown>;

async function machine(states: States, more: object = {}): Promise<string> {
  const definition = JSON.stringify({ StartAt: Object.keys(states)[0], States: states, ...more });
  const request = { name: `machine-${(machines += 1)}`, definition, roleArn: region.role };
  return String((await sfn.send(new CreateStateMachineCommand(request))).stateMachineArn);
}

async function start(stateMachineArn: string, input: unknown = {}, name?: string): Promise<string> {
  const request = { stateMachineArn, input: JSON.stringify(input), ...(name === undefined ? {} : { name }) };
  return String((await sfn.send(new StartExecutionCommand(request))).executionArn);
}

const describeExecution = (executionArn: string): Promise<DescribeExecutionOutput> =>
  sfn.send(new DescribeExecutionCommand({ executionArn }));

const ended = (executionArn: string): Promise<DescribeExecutionOutput> =>
  eventually(
    () => describeExecution(executionArn),
    ({ status }) => status !== 'RUNNING',
    10_000,
  );

const history = async (executionArn: string): Promise<HistoryEvent[]> =>
  (await sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }))).events ?? [];

const types = async (executionArn: string): Promise<string[]> =>
  (await history(executionArn)).map(({ type }) => String(type));

const sleep = (ms: number, more: object = {}): States => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: { FunctionName: sleeper, Payload: { ms } },
  ...more,
});

describe('StartExecution', () => {
  test('with the same name and input, while it runs, is the same execution (plain MiniStack: refused)', async () => {
    const arn = await machine({ Wait: { Type: 'Wait', Seconds: 5, End: true } });
    const first = await start(arn, { epoch: 12 }, 'orders-e12');
    expect(await start(arn, { epoch: 12 }, 'orders-e12')).toBe(first);
    await expect(start(arn, { epoch: 13 }, 'orders-e12')).rejects.toMatchObject({
      name: 'ExecutionAlreadyExists',
    });
    await sfn.send(new StopExecutionCommand({ executionArn: first }));
    await expect(start(arn, { epoch: 12 }, 'orders-e12')).rejects.toMatchObject({
      name: 'ExecutionAlreadyExists',
    });
  });

  test('enters the first state at once (plain MiniStack: after 150 ms)', async () => {
    const arn = await start(await machine({ Only: { Type: 'Pass', End: true } }));
    await ended(arn);
    const [started, entered] = (await history(arn)).map(({ timestamp }) => Number(timestamp));
    expect(Number(entered) - Number(started)).toBeLessThan(100);
  });
});

describe('an error', () => {
  test('of a Lambda is caught by its name (plain MiniStack: Runtime.HandlerError)', async () => {
    const states = {
      Fail: {
        Type: 'Task',
        Resource: failer,
        Catch: [{ ErrorEquals: ['Refused'], Next: 'Caught' }],
        End: true,
      },
      Caught: { Type: 'Pass', Result: 'caught', End: true },
    };
    expect(await ended(await start(await machine(states)))).toMatchObject({
      status: 'SUCCEEDED',
      output: '"caught"',
    });
  });

  test('that is a timeout is recorded as TaskTimedOut (plain MiniStack: TaskFailed)', async () => {
    const arn = await start(await machine({ Slow: sleep(1500, { TimeoutSeconds: 1, End: true }) }));
    expect(await ended(arn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(await types(arn)).toContain('TaskTimedOut');
  });
});

describe('the end of an execution', () => {
  test('comes with TimeoutSeconds of the machine (plain MiniStack: ignored)', async () => {
    const arn = await start(
      await machine({ Wait: { Type: 'Wait', Seconds: 30, End: true } }, { TimeoutSeconds: 1 }),
    );
    expect(await ended(arn)).toMatchObject({ status: 'TIMED_OUT' });
    expect((await types(arn)).at(-1)).toBe('ExecutionTimedOut');
  });

  test('is final: a task in flight fails unheard after StopExecution (plain MiniStack: ABORTED becomes FAILED)', async () => {
    const late = await region.createFunction(
      'fails-late',
      `await new Promise((done) => setTimeout(done, 400)); throw new Error('late');`,
    );
    const arn = await start(await machine({ Late: { Type: 'Task', Resource: late, End: true } }));
    await eventually(
      () => types(arn),
      (seen) => seen.includes('TaskScheduled'),
    );
    await sfn.send(new StopExecutionCommand({ executionArn: arn, error: 'Preempted', cause: 'drill' }));
    // Longer than the task in flight, which had its cold start behind it.
    await region.invoke('fails-late');
    await region.invoke('fails-late');
    expect(await describeExecution(arn)).toMatchObject({ status: 'ABORTED', error: 'Preempted' });
    expect((await types(arn)).at(-1)).toBe('ExecutionAborted');
  });

  test('schedules no further attempt (plain MiniStack: a stopped execution goes on retrying)', async () => {
    const counter = await region.createFunction(
      'counts',
      `globalThis.n = (globalThis.n ?? 0) + 1; if (event.read) return globalThis.n; throw new Error('again');`,
    );
    const Retry = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, MaxAttempts: 5, BackoffRate: 1 }];
    const arn = await start(await machine({ Again: { Type: 'Task', Resource: counter, Retry, End: true } }));
    await eventually(
      () => types(arn),
      (seen) => seen.includes('TaskFailed'),
    );
    await sfn.send(new StopExecutionCommand({ executionArn: arn }));
    const { result } = await region.invoke('sleeper', { ms: 1500 });
    expect(result).toEqual({ ms: 1500 });
    expect((await region.invoke('counts', { read: true })).result).toBe(2);
  });
});

describe('a Parallel', () => {
  const branch = (states: States): object => ({ StartAt: Object.keys(states)[0], States: states });

  test('fails with its first failed branch and schedules nothing more of the others (plain MiniStack: waits for all)', async () => {
    const states = {
      Switch: {
        Type: 'Parallel',
        Branches: [
          branch({ Slow: sleep(700, { Next: 'Never' }), Never: sleep(0, { End: true }) }),
          branch({ Fail: { Type: 'Task', Resource: failer, End: true } }),
        ],
        Catch: [{ ErrorEquals: ['Refused'], Next: 'Undo' }],
        End: true,
      },
      Undo: sleep(1200, { End: true }),
    };
    const arn = await start(await machine(states));
    expect(await ended(arn)).toMatchObject({ status: 'SUCCEEDED' });
    const events = await history(arn);
    const at = (name: string): number | undefined =>
      events
        .find(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name === name)
        ?.timestamp?.getTime();
    expect(Number(at('Undo')) - Number(at('Slow'))).toBeLessThan(500);
    expect(at('Never')).toBeUndefined();
  });

  test('gives each branch its own $$.State (plain MiniStack: the last one entered)', async () => {
    const named = (name: string): object =>
      branch({
        [name]: { Type: 'Pass', Next: `${name}Slow` },
        [`${name}Slow`]: sleep(150, { ResultSelector: { ms: 150 }, Next: `${name}Name` }),
        [`${name}Name`]: { Type: 'Pass', Parameters: { 'name.$': '$$.State.Name' }, End: true },
      });
    const retried = branch({
      First: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Parameters: { FunctionName: failer, Payload: { 'name.$': '$$.State.Name' } },
        Retry: [{ ErrorEquals: ['First'], IntervalSeconds: 1, MaxAttempts: 1 }],
        Catch: [{ ErrorEquals: ['First'], Next: 'Named' }],
        End: true,
      },
      Named: { Type: 'Pass', Result: 'named First on both attempts', End: true },
    });
    const states = { All: { Type: 'Parallel', Branches: [retried, named('B')], End: true } };
    const { output } = await ended(await start(await machine(states)));
    expect(JSON.parse(String(output))).toEqual(['named First on both attempts', { name: 'BName' }]);
  });

  test('records the states of its branches, with ids in order (plain MiniStack: none)', async () => {
    const states = {
      All: {
        Type: 'Parallel',
        Branches: ['A', 'B', 'C', 'D'].map((name) => branch({ [name]: sleep(20, { End: true }) })),
        End: true,
      },
    };
    const arn = await start(await machine(states));
    await ended(arn);
    const events = await history(arn);
    expect(events.filter(({ type }) => type === 'TaskStateEntered')).toHaveLength(4);
    expect(events.filter(({ type }) => type === 'TaskStateExited')).toHaveLength(4);
    expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
  });
});

describe('startExecution.sync', () => {
  const nested = (child: string): States => ({
    Nested: {
      Type: 'Task',
      Resource: 'arn:aws:states:::states:startExecution.sync:2',
      Parameters: { StateMachineArn: child, Name: 'child', Input: { epoch: 12 } },
      ResultSelector: { 'output.$': '$.Output' },
      End: true,
    },
  });

  test('answers with the output of a child that can be described', async () => {
    const child = await machine({ Only: { Type: 'Pass', End: true } });
    const { output } = await ended(await start(await machine(nested(child))));
    expect(JSON.parse(String(output))).toEqual({ output: { epoch: 12 } });
    expect(await describeExecution(`${child.replace(':stateMachine:', ':execution:')}:child`)).toMatchObject({
      status: 'SUCCEEDED',
    });
  });

  test('is refused for a name that is taken (plain MiniStack: overwrites it)', async () => {
    const child = await machine({ Only: { Type: 'Pass', End: true } });
    await ended(await start(child, { epoch: 11 }, 'child'));
    expect(await ended(await start(await machine(nested(child))))).toMatchObject({ status: 'FAILED' });
  });
});

describe('the DynamoDB integration', () => {
  test('writes, and a refused condition has its AWS name', async () => {
    const dynamo = new DynamoDBClient(region.client);
    const table = { TableName: 'seats', BillingMode: 'PAY_PER_REQUEST' } as const;
    const AttributeDefinitions: AttributeDefinition[] = [{ AttributeName: 'pk', AttributeType: 'S' }];
    const KeySchema: KeySchemaElement[] = [{ AttributeName: 'pk', KeyType: 'HASH' }];
    await dynamo.send(new CreateTableCommand({ ...table, AttributeDefinitions, KeySchema }));
    const claim = {
      Type: 'Task',
      Resource: 'arn:aws:states:::dynamodb:putItem',
      Parameters: {
        TableName: 'seats',
        Item: { pk: { S: 'orders' } },
        ConditionExpression: 'attribute_not_exists(pk)',
      },
      End: true,
    };
    const arn = await machine({ Claim: claim });
    expect(await ended(await start(arn))).toMatchObject({ status: 'SUCCEEDED' });
    const refused = await ended(await start(arn));
    expect(refused).toMatchObject({ status: 'FAILED', error: 'DynamoDB.ConditionalCheckFailedException' });
    const stored = await dynamo.send(
      new GetItemCommand({ TableName: 'seats', Key: { pk: { S: 'orders' } } }),
    );
    expect(stored.Item).toEqual({ pk: { S: 'orders' } });
    dynamo.destroy();
  });
});

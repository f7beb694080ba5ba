import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { createLambdaFunctions } from '../../lib/workflow/lambda-functions';
import { createLambdaWitnesses } from '../../lib/workflow/lambda-witnesses';
import { observationOf } from '../domain/decision/world';

const lambda = mockClient(LambdaClient);
const payload = (text: string) =>
  Object.assign(Uint8Array.from(Buffer.from(text)), { transformToString: () => text });
const inputs = () => lambda.commandCalls(InvokeCommand).map(({ args: [command] }) => command.input);
const bodyOf = (bytes: unknown): unknown =>
  JSON.parse(Buffer.from(bytes as Uint8Array).toString()) as unknown;

beforeEach(() => lambda.reset());

describe('asking witnesses for a fresh round', () => {
  const missing: { witness: string; message: string }[] = [];
  const witnesses = createLambdaWitnesses({
    workload: 'orders',
    onMissing: (witness, cause) => missing.push({ witness, message: String(cause) }),
  });
  const seen = observationOf('az-b', ['o']);
  beforeEach(() => missing.splice(0));

  it('invokes each of them, for one round', async () => {
    lambda.on(InvokeCommand).resolves({ Payload: payload(JSON.stringify(seen)) });
    expect(await witnesses.freshRound(['az-b', 'region'], 1_000)).toEqual([seen, seen]);
    expect(inputs().map(({ FunctionName }) => FunctionName)).toEqual([
      'evac-orders-probe-zone-az-b',
      'evac-orders-probe-zone-region',
    ]);
    expect(inputs().map(({ Payload }) => bodyOf(Payload))).toEqual([
      { run: 'fresh-round' },
      { run: 'fresh-round' },
    ]);
  });

  it('asks nobody when there is nobody to ask', async () => {
    expect(await witnesses.freshRound([], 1_000)).toEqual([]);
    expect(inputs()).toEqual([]);
  });

  it.each([
    [
      'that failed',
      { FunctionError: 'Unhandled', Payload: payload('{"errorType":"Unreachable"}') },
      /Unreachable/,
    ],
    [
      'that failed with something like an observation',
      { FunctionError: 'Unhandled', Payload: payload(JSON.stringify(seen)) },
      /gave no observation/,
    ],
    ['that answers nothing', {}, /gave no observation: null/],
    [
      'that answers something else',
      { Payload: payload('{"warm":true}') },
      /gave no observation: \{"warm":true\}/,
    ],
    ['that answers no JSON', { Payload: payload('<html>') }, /SyntaxError/],
  ])('leaves out one %s, and names it', async (_what, answer, message) => {
    lambda
      .on(InvokeCommand)
      .resolvesOnce(answer)
      .resolves({ Payload: payload(JSON.stringify(seen)) });
    expect(await witnesses.freshRound(['az-a', 'az-b'], 1_000)).toEqual([seen]);
    expect(missing).toEqual([{ witness: 'az-a', message: expect.stringMatching(message) as string }]);
  });

  it('leaves out one that cannot be invoked, told or not', async () => {
    lambda.on(InvokeCommand).rejects(new Error('no such function'));
    expect(await createLambdaWitnesses({ workload: 'orders' }).freshRound(['az-a'], 1_000)).toEqual([]);
  });
});

describe('calling other Lambdas', () => {
  const failed: unknown[] = [];
  const functions = createLambdaFunctions({
    workload: 'orders',
    onFailed: (name, cause) => failed.push([name, String(cause)]),
  });
  beforeEach(() => failed.splice(0));

  it('fires and does not wait', async () => {
    lambda.on(InvokeCommand).resolves({ StatusCode: 202 });
    await functions.fire('reconcile-seat', { stuck: 8 });
    expect(inputs()).toMatchObject([{ FunctionName: 'evac-orders-reconcile-seat', InvocationType: 'Event' }]);
    expect(bodyOf(inputs()[0]?.Payload)).toEqual({ stuck: 8 });
  });

  it('reports what could not be fired, and goes on', async () => {
    lambda.on(InvokeCommand).rejects(new Error('throttled'));
    await functions.fire('reconcile-seat', {});
    expect(failed).toEqual([['reconcile-seat', 'Error: throttled']]);
  });

  it.each([
    ['an answer', {}, true],
    ['an error of the function', { FunctionError: 'Unhandled' }, false],
  ])('pings and waits: %s', async (_what, answer, warm) => {
    lambda.on(InvokeCommand).resolves(answer);
    expect(await functions.ping('verify-data', { source: 'x' }, 1_000)).toBe(warm);
    expect(inputs()[0]?.InvocationType).toBe('RequestResponse');
  });

  it('pings what cannot be called: cold, and reported', async () => {
    lambda.on(InvokeCommand).rejects(new Error('no such function'));
    expect(await functions.ping('verify-data', {}, 1_000)).toBe(false);
    expect(failed).toEqual([['verify-data', 'Error: no such function']]);
  });
});

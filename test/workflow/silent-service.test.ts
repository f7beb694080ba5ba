import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { Route53Client } from '@aws-sdk/client-route-53';
import { SFNClient } from '@aws-sdk/client-sfn';
import { createRoute53Traffic } from '../../lib/traffic/route53/route53-traffic';
import { createCloudWatchMetrics } from '../../lib/workflow/cloudwatch-metrics';
import { createLambdaFunctions } from '../../lib/workflow/lambda-functions';
import { createLambdaWitnesses } from '../../lib/workflow/lambda-witnesses';
import { createStepFunctions } from '../../lib/workflow/step-functions';
import { RECORDS } from '../domain/decision/world';
import { startSilentService } from '../silent-service';

/** Every wait has a deadline: a service that takes the connection and says nothing is given up, by each adapter. */
const TIMEOUT_MS = 50;
let service: Awaited<ReturnType<typeof startSilentService>>;
beforeAll(async () => {
  service = await startSilentService();
});
afterAll(() => service.close());

const timedOut = expect.objectContaining({
  name: expect.stringMatching(/^(TimeoutError|AbortError)$/) as string,
}) as object;

describe('a service that says nothing', () => {
  it.each(['start', 'describe', 'stop'] as const)('Step Functions, %s: Unreachable', async (call) => {
    const workflows = createStepFunctions({
      workload: 'orders',
      machineArnPrefix: 'arn:aws:states:us-east-1:123456789012:stateMachine:',
      timeoutMs: TIMEOUT_MS,
      client: new SFNClient(service.client),
    });
    const run = {
      start: () => workflows.start('failover', 'orders-e8', {}),
      describe: () => workflows.describe('failover', 'orders-e8'),
      stop: () => workflows.stop('failover', 'orders-e8', 'x'),
    }[call];
    await expect(run()).rejects.toMatchObject({ name: 'Unreachable', cause: timedOut });
  });

  it.each(['current', 'shift'] as const)('Route 53, %s: Unreachable', async (call) => {
    const traffic = createRoute53Traffic({
      traffic: { ...RECORDS, targets: { 'az-a': '198.18.1.1' } },
      hostedZoneId: 'Z1',
      client: new Route53Client(service.client),
    });
    const run = call === 'current' ? traffic.current(TIMEOUT_MS) : traffic.shift({ 'az-a': 100 }, TIMEOUT_MS);
    await expect(run).rejects.toMatchObject({ name: 'Unreachable', cause: timedOut });
  });

  it('Lambda, asked for a fresh round: the witness is missing, not failed', async () => {
    const missing: unknown[] = [];
    const witnesses = createLambdaWitnesses({
      workload: 'orders',
      client: new LambdaClient(service.client),
      onMissing: (witness, cause) => missing.push([witness, cause]),
    });
    expect(await witnesses.freshRound(['az-a', 'az-b'], TIMEOUT_MS)).toEqual([]);
    expect(missing).toEqual([
      ['az-a', timedOut],
      ['az-b', timedOut],
    ]);
  });

  it('Lambda, pinged: not warm', async () => {
    const failed: unknown[] = [];
    const functions = createLambdaFunctions({
      workload: 'orders',
      client: new LambdaClient(service.client),
      onFailed: (name, cause) => failed.push([name, cause]),
    });
    expect(await functions.ping('verify-data', {}, TIMEOUT_MS)).toBe(false);
    expect(failed).toEqual([['verify-data', timedOut]]);
  });

  it('CloudWatch: the metrics are lost, and nothing else', async () => {
    const lost: unknown[] = [];
    const metrics = createCloudWatchMetrics({
      timeoutMs: TIMEOUT_MS,
      client: new CloudWatchClient(service.client),
      onLost: (cause) => lost.push(cause),
    });
    await metrics.put([{ metric: 'ZoneScore', value: 1, dimensions: {} }]);
    expect(lost).toEqual([timedOut]);
  });
});

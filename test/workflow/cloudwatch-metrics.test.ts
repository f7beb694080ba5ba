import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { mockClient } from 'aws-sdk-client-mock';
import { createCloudWatchMetrics } from '../../lib/workflow/cloudwatch-metrics';

const cloudWatch = mockClient(CloudWatchClient);
const lost: unknown[] = [];
const metrics = createCloudWatchMetrics({ timeoutMs: 1_000, onLost: (cause) => lost.push(cause) });
const datum = { metric: 'ZoneScore', value: 97, dimensions: { Workload: 'orders', Zone: 'az-a' } };

beforeEach(() => {
  cloudWatch.reset();
  lost.splice(0);
});

describe('putting metrics', () => {
  it('puts them by the second, with their dimensions, in one call', async () => {
    cloudWatch.on(PutMetricDataCommand).resolves({});
    await metrics.put([datum, { ...datum, metric: 'TargetHealthy', value: 0 }]);
    expect(cloudWatch.commandCalls(PutMetricDataCommand).map(({ args: [command] }) => command.input)).toEqual(
      [
        {
          Namespace: 'Evac',
          MetricData: [
            {
              MetricName: 'ZoneScore',
              Value: 97,
              StorageResolution: 1,
              Dimensions: [
                { Name: 'Workload', Value: 'orders' },
                { Name: 'Zone', Value: 'az-a' },
              ],
            },
            expect.objectContaining({ MetricName: 'TargetHealthy', Value: 0 }),
          ],
        },
      ],
    );
    expect(lost).toEqual([]);
  });

  it('says when it was so, where that is not now', async () => {
    cloudWatch.on(PutMetricDataCommand).resolves({});
    await metrics.put([{ ...datum, atMs: 1_800_000_000_000 }]);
    const [call] = cloudWatch.commandCalls(PutMetricDataCommand);
    expect(call?.args[0].input.MetricData?.[0]).toMatchObject({ Timestamp: new Date(1_800_000_000_000) });
  });

  it('never stops a decision: what was not taken is only reported', async () => {
    const cause = new Error('throttled');
    cloudWatch.on(PutMetricDataCommand).rejects(cause);
    await expect(metrics.put([datum])).resolves.toBeUndefined();
    expect(lost).toEqual([cause]);
  });
});

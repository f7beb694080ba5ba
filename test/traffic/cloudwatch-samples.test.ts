import type { MetricDataResult } from '@aws-sdk/client-cloudwatch';
import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { mockClient } from 'aws-sdk-client-mock';
import { createCloudWatchSamples } from '../../lib/traffic/samples/cloudwatch-samples';

const cloudWatch = mockClient(CloudWatchClient);
const MINUTE = 60_000;
/** 12:00:00 */
const NOON = Date.UTC(2026, 10, 28, 12);

let nowMs = NOON;
const failed: unknown[] = [];
const samples = createCloudWatchSamples({
  samples: {
    kind: 'cloudwatch',
    loadBalancer: 'app/orders/50dc',
    targetGroups: { 'az-b': 'targetgroup/orders-b/2', 'az-d': 'targetgroup/orders-d/4' },
    requestsPerSecond: { 'az-b': 100 },
  },
  nowMs: async () => nowMs,
  onFailed: (cause) => failed.push(cause),
});

const answers = (values: Readonly<Record<string, readonly number[]>>) =>
  cloudWatch.on(GetMetricDataCommand).resolves({
    MetricDataResults: Object.entries(values).map(([Id, Values]): MetricDataResult => ({
      Id,
      Values: [...Values],
    })),
  });
const asked = () => cloudWatch.commandCalls(GetMetricDataCommand).map(({ args: [{ input }] }) => input);

beforeEach(() => {
  cloudWatch.reset();
  failed.length = 0;
  nowMs = NOON;
});

/** Of a step that began 12:00:20, asked at the given second after 12:00. */
const sampleAt = async (seconds: number, zone = 'az-b') => {
  nowMs = NOON + 20_000;
  const mark = await samples.mark(zone, 1_000);
  nowMs = NOON + seconds * 1_000;
  return samples.since(zone, mark ?? '', 1_000);
};

describe('samples from the load balancer’s metrics', () => {
  it('are of the whole minutes after the mark, once their numbers can be there', async () => {
    answers({ requests: [1200, 1800], errors0: [12], errors1: [0, 3], p99: [0.2, 0.35] });
    expect(await sampleAt(240)).toEqual({ requests: 3000, errors: 15, p99Ms: 350, utilisationPercent: 25 });
    const [input] = asked();
    expect([input?.StartTime, input?.EndTime]).toEqual([
      new Date(NOON + MINUTE),
      new Date(NOON + 3 * MINUTE),
    ]);
  });

  it('are asked for by target group, requests, errors of both kinds, and the slowest 1 %', async () => {
    answers({});
    await sampleAt(180);
    const queries = asked()[0]?.MetricDataQueries ?? [];
    expect(queries.map(({ MetricStat }) => [MetricStat?.Metric?.MetricName, MetricStat?.Stat])).toEqual([
      ['RequestCount', 'Sum'],
      ['TargetResponseTime', 'p99'],
      ['HTTPCode_Target_5XX_Count', 'Sum'],
      ['TargetConnectionErrorCount', 'Sum'],
    ]);
    for (const { MetricStat } of queries)
      expect(MetricStat).toMatchObject({
        Period: 60,
        Metric: {
          Namespace: 'AWS/ApplicationELB',
          Dimensions: [
            { Name: 'LoadBalancer', Value: 'app/orders/50dc' },
            { Name: 'TargetGroup', Value: 'targetgroup/orders-b/2' },
          ],
        },
      });
  });

  it('are none where no traffic was: a count of 0, which is too few, and not unknown', async () => {
    answers({});
    expect(await sampleAt(180)).toEqual({ requests: 0, errors: 0, p99Ms: null, utilisationPercent: 0 });
    cloudWatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [{ Id: 'requests' }, {}] });
    expect((await sampleAt(180))?.requests).toBe(0);
    cloudWatch.on(GetMetricDataCommand).resolves({});
    expect((await sampleAt(180))?.requests).toBe(0);
  });

  it.each([
    ['no whole minute has passed, with what its numbers may be late', 179, 'az-b'],
    ['the zone has no target group', 240, 'az-a'],
    ['nobody has said what the zone can carry', 240, 'az-d'],
  ])('are unknown while %s, and nothing is asked', async (_what, seconds, zone) => {
    expect(await sampleAt(seconds, zone)).toBeNull();
    expect(asked()).toEqual([]);
    expect(failed).toEqual([]);
  });

  it('are unknown when CloudWatch does not answer, which is told', async () => {
    const cause = new Error('Throttling');
    cloudWatch.on(GetMetricDataCommand).rejects(cause);
    expect(await sampleAt(240)).toBeNull();
    expect(failed).toEqual([cause]);
  });

  it('have no mark when there is no time to be had', async () => {
    const cause = new Error('no store');
    const untimed = createCloudWatchSamples({
      samples: { kind: 'cloudwatch', loadBalancer: 'l', targetGroups: {}, requestsPerSecond: {} },
      nowMs: () => Promise.reject(cause),
      onFailed: (lost) => failed.push(lost),
    });
    expect(await untimed.mark('az-b', 1)).toBeNull();
    expect(failed).toEqual([cause]);
  });
});

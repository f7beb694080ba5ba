import type { MetricDataQuery, MetricDataResult } from '@aws-sdk/client-cloudwatch';
import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import type { SamplesConfig, ZoneId } from '../../domain/topology';
import type { Sample } from '../../domain/traffic/judge';
import type { TrafficSamples } from '../../ports/traffic-samples';

export interface CloudWatchSamplesOptions {
  readonly samples: Extract<SamplesConfig, { kind: 'cloudwatch' }>;
  /** AWS's time, ms since 1970: a metric's minutes are counted by it. */
  readonly nowMs: () => Promise<number>;
  readonly onFailed: (cause: unknown) => void;
  readonly client?: CloudWatchClient;
}

/** ELB reports in steps of 60 s (Elastic Load Balancing, CloudWatch metrics for your ALB), and none without traffic. */
const STEP_MS = 60_000;
/** A minute's numbers are there a little after it; a minute that has none after this had no traffic. */
const LATE_MS = 60_000;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const ERRORS = ['HTTPCode_Target_5XX_Count', 'TargetConnectionErrorCount'] as const;

const queriesFor = (loadBalancer: string, targetGroup: string): MetricDataQuery[] => {
  const query = (id: string, name: string, stat: string): MetricDataQuery => ({
    Id: id,
    MetricStat: {
      Metric: {
        Namespace: 'AWS/ApplicationELB',
        MetricName: name,
        Dimensions: [
          { Name: 'LoadBalancer', Value: loadBalancer },
          { Name: 'TargetGroup', Value: targetGroup },
        ],
      },
      Period: STEP_MS / 1_000,
      Stat: stat,
    },
  });
  return [
    query('requests', 'RequestCount', 'Sum'),
    query('p99', 'TargetResponseTime', 'p99'),
    ...ERRORS.map((name, index) => query(`errors${index}`, name, 'Sum')),
  ];
};

/** The whole minutes that began after the mark, and for whose numbers it has been waited. */
const minutesAfter = (markMs: number, nowMs: number) => {
  const fromMs = Math.ceil(markMs / STEP_MS) * STEP_MS;
  const untilMs = Math.floor((nowMs - LATE_MS) / STEP_MS) * STEP_MS;
  return { fromMs, untilMs, minutes: (untilMs - fromMs) / STEP_MS };
};

const valuesIn = (results: readonly MetricDataResult[], id: string): readonly number[] =>
  results.filter(({ Id }) => Id?.startsWith(id)).flatMap(({ Values }) => Values ?? []);

const SECOND_MS = 1_000;

const sampleIn = (
  results: readonly MetricDataResult[],
  minutes: number,
  requestsPerSecond: number,
): Sample => {
  const requests = sum(valuesIn(results, 'requests'));
  const slowest = valuesIn(results, 'p99');
  return {
    requests,
    errors: sum(valuesIn(results, 'errors')),
    p99Ms: slowest.length === 0 ? null : Math.max(...slowest) * SECOND_MS,
    utilisationPercent: (100 * requests) / ((minutes * STEP_MS) / SECOND_MS) / requestsPerSecond,
  };
};

/**
 * The load balancer's own count, for each zone's target group. A step takes two minutes at least: the first whole minute
 * after the weights were read back, and the one that its numbers may be late.
 */
export const createCloudWatchSamples = (options: CloudWatchSamplesOptions): TrafficSamples => {
  const { samples, nowMs, onFailed } = options;
  let { client } = options;
  const cloudWatch = (): CloudWatchClient => (client ??= new CloudWatchClient({ maxAttempts: 2 }));

  const ask = async (zone: ZoneId, markMs: number, timeoutMs: number): Promise<Sample | null> => {
    const targetGroup = samples.targetGroups[zone];
    const requestsPerSecond = samples.requestsPerSecond[zone];
    const { fromMs, untilMs, minutes } = minutesAfter(markMs, await nowMs());
    if (targetGroup === undefined || requestsPerSecond === undefined || minutes < 1) return null;
    const command = new GetMetricDataCommand({
      StartTime: new Date(fromMs),
      EndTime: new Date(untilMs),
      MetricDataQueries: queriesFor(samples.loadBalancer, targetGroup),
    });
    const { MetricDataResults = [] } = await cloudWatch().send(command, {
      abortSignal: AbortSignal.timeout(timeoutMs),
    });
    return sampleIn(MetricDataResults, minutes, requestsPerSecond);
  };

  const orNull = async <T>(asked: Promise<T>): Promise<T | null> => {
    try {
      return await asked;
    } catch (cause) {
      onFailed(cause);
      return null;
    }
  };

  return {
    mark: async () => orNull(nowMs().then(String)),
    since: async (zone, mark, timeoutMs) => orNull(ask(zone, Number(mark), timeoutMs)),
  };
};

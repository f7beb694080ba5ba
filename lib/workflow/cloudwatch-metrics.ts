import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { METRIC_NAMESPACE } from '../contract/metrics';
import type { Metrics } from '../ports/metrics';

export interface CloudWatchMetricsOptions {
  readonly timeoutMs: number;
  readonly client?: CloudWatchClient;
  readonly onLost: (cause: unknown) => void;
}

export const createCloudWatchMetrics = (options: CloudWatchMetricsOptions): Metrics => {
  let client = options.client;
  const cloudWatch = (): CloudWatchClient => (client ??= new CloudWatchClient({ maxAttempts: 1 }));
  return {
    put: async (data) => {
      const command = new PutMetricDataCommand({
        Namespace: METRIC_NAMESPACE,
        MetricData: data.map((datum) => ({
          MetricName: datum.metric,
          Value: datum.value,
          StorageResolution: 1,
          ...(datum.atMs === undefined ? {} : { Timestamp: new Date(datum.atMs) }),
          Dimensions: Object.entries(datum.dimensions).map(([Name, Value]) => ({ Name, Value })),
        })),
      });
      await cloudWatch()
        .send(command, { abortSignal: AbortSignal.timeout(options.timeoutMs) })
        .catch(options.onLost);
    },
  };
};

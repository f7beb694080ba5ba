import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import type { PutMetricAlarmCommandInput } from '@aws-sdk/client-cloudwatch';
import { eventually, startLocalRegion } from './local-region';
import type { LocalRegion } from './local-region';

let region: LocalRegion;
let cloudWatch: CloudWatchClient;
beforeAll(async () => {
  region = await startLocalRegion();
  cloudWatch = new CloudWatchClient(region.client);
}, 30_000);
afterAll(async () => {
  cloudWatch.destroy();
  await region.close();
});

const zone = (Value: string) => [{ Name: 'Zone', Value }];

async function put(
  metric: string,
  value: number,
  more: { zone?: string; secondsAgo?: number } = {},
): Promise<void> {
  const Timestamp = new Date(Date.now() - (more.secondsAgo ?? 0) * 1000);
  const datum = { MetricName: metric, Value: value, Dimensions: zone(more.zone ?? 'az-a'), Timestamp };
  await cloudWatch.send(new PutMetricDataCommand({ Namespace: 'Evac', MetricData: [datum] }));
}

/** Alarms below 1 in az-a, one period of 10 s, unless told otherwise; the metric has the alarm's name. */
async function alarm(name: string, more: Partial<PutMetricAlarmCommandInput> = {}): Promise<void> {
  const defaults = {
    Namespace: 'Evac',
    MetricName: name,
    Dimensions: zone('az-a'),
    Statistic: 'Minimum',
    Period: 10,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'LessThanThreshold',
  } as const;
  await cloudWatch.send(new PutMetricAlarmCommand({ ...defaults, AlarmName: name, ...more }));
}

async function state(name: string): Promise<string> {
  const { MetricAlarms } = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [name] }));
  return String(MetricAlarms?.[0]?.StateValue);
}

const becomes = (name: string, wanted: string): Promise<string> =>
  eventually(
    () => state(name),
    (seen) => seen === wanted,
    6000,
  );

describe('an alarm', () => {
  test('sees the points of its own dimensions only (plain MiniStack: all of the name)', async () => {
    await alarm('dimensions');
    await put('dimensions', 1);
    await put('dimensions', 0, { zone: 'az-b' });
    expect(await state('dimensions')).toBe('OK');
    await put('dimensions', 0);
    expect(await state('dimensions')).toBe('ALARM');
  });

  test('needs M of its N periods (plain MiniStack: the average of all)', async () => {
    await alarm('m-of-n', { EvaluationPeriods: 3, DatapointsToAlarm: 2, Period: 60 });
    await put('m-of-n', 1, { secondsAgo: 150 });
    await put('m-of-n', 0, { secondsAgo: 90 });
    await put('m-of-n', 1, { secondsAgo: 30 });
    expect(await state('m-of-n')).toBe('OK');
    await put('m-of-n', 0, { secondsAgo: 29 });
    expect(await state('m-of-n')).toBe('ALARM');
  });

  test('recovers by itself when the bad points are past (plain MiniStack: stays until the next point)', async () => {
    await alarm('recovers', { Period: 2, TreatMissingData: 'notBreaching' });
    await put('recovers', 0);
    expect(await state('recovers')).toBe('ALARM');
    await becomes('recovers', 'OK');
  });

  test('judges silence as it is told to (plain MiniStack: does not look)', async () => {
    const wanted = { breaching: 'ALARM', missing: 'INSUFFICIENT_DATA', notBreaching: 'OK', ignore: 'OK' };
    const kinds = Object.entries(wanted);
    for (const [treat] of kinds) {
      await alarm(`silence-${treat}`, { Period: 2, TreatMissingData: treat });
      await put(`silence-${treat}`, 1);
      expect(await state(`silence-${treat}`)).toBe('OK');
    }
    // In this order: when the first two have changed, the others had the time to.
    for (const [treat, verdict] of kinds) await becomes(`silence-${treat}`, verdict);
  }, 10_000);

  test('that has one bad point and no other alarms early, as AWS documents (missing)', async () => {
    await alarm('early', { EvaluationPeriods: 3 });
    await put('early', 0);
    expect(await state('early')).toBe('ALARM');
  });

  test('reaches a Lambda by SNS and by an EventBridge rule (plain MiniStack: no event)', async () => {
    const bySns = await region.createRecorder('by-sns');
    const byEvent = await region.createRecorder('by-event');
    const answer = await region.request('sns', '/', 'Action=CreateTopic&Name=alarms&Version=2010-03-31');
    const topic = String(/<TopicArn>(.*)<\/TopicArn>/.exec(answer)?.[1]);
    const subscription = new URLSearchParams({
      Action: 'Subscribe',
      TopicArn: topic,
      Protocol: 'lambda',
      Endpoint: bySns.arn,
    });
    await region.request('sns', '/', subscription.toString());
    const EventPattern = JSON.stringify({
      source: ['aws.cloudwatch'],
      detail: { state: { value: ['ALARM'] } },
    });
    await region.putRule('alarm-rule', { EventPattern }, byEvent.arn);

    await alarm('tells', { AlarmActions: [topic] });
    await put('tells', 0);
    const [notice] = await eventually(bySns.recorded, (seen) => seen.length > 0);
    expect(JSON.stringify(notice)).toContain('\\"AlarmName\\": \\"tells\\"');
    const events = await eventually(byEvent.recorded, (seen) => JSON.stringify(seen).includes('"tells"'));
    expect(events.map(({ event }) => event)).toContainEqual(
      expect.objectContaining({
        'detail-type': 'CloudWatch Alarm State Change',
        detail: expect.objectContaining({
          alarmName: 'tells',
          previousState: { value: 'INSUFFICIENT_DATA' },
        }) as unknown,
      }),
    );
  });
});

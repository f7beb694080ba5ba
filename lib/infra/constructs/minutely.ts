import { Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { Construct } from 'constructs';

export interface MinutelyProps {
  readonly scheduleName: string;
  readonly description: string;
  readonly target: lambda.Function;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Invokes a Lambda each minute. Nothing is retried: the next minute does it, and a late run would meet its successor. */
export function createMinutely(scope: Construct, id: string, props: MinutelyProps): Schedule {
  props.target.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
  return new Schedule(scope, id, {
    scheduleName: props.scheduleName,
    description: props.description,
    schedule: ScheduleExpression.rate(Duration.minutes(1)),
    target: new LambdaInvoke(props.target, {
      input: ScheduleTargetInput.fromObject(props.input),
      retryAttempts: 0,
      maxEventAge: Duration.minutes(1),
    }),
  });
}

import { Duration } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { functionName } from '../../contract/names';
import { createDeadLetters } from './dead-letters';

export interface TriggersProps {
  readonly workload: string;
  readonly table: dynamodb.Table;
  readonly questions: sns.ITopic;
  readonly machines: readonly sfn.StateMachine[];
  readonly startClaimed: lambda.Function;
  readonly intakeAlarm: lambda.Function;
  readonly reconcileSeat: lambda.Function;
}

/** What wakes a Lambda other than a schedule or a state machine; each with a queue for what it could not take. */
export class Triggers extends Construct {
  readonly deadLetters: ReadonlyMap<string, sqs.Queue>;

  constructor(scope: Construct, id: string, props: TriggersProps) {
    super(scope, id);
    const queue = (name: string): sqs.Queue =>
      createDeadLetters(this, name, `${functionName(props.workload, name)}-dead-letters`);
    const claims = queue('start-claimed');
    const alarms = queue('intake-alarm');
    const endings = queue('reconcile-seat');
    startClaimed(props, claims);
    askOnAlarm(props, alarms);
    this.reconcileOnBadEnd(props, endings);
    this.deadLetters = new Map([
      ['start-claimed', claims],
      ['intake-alarm', alarms],
      ['reconcile-seat', endings],
    ]);
  }

  /** An execution that died is seen here; nothing is left half done with nobody looking. */
  private reconcileOnBadEnd(props: TriggersProps, deadLetterQueue: sqs.Queue): void {
    retryThenKeep(props.reconcileSeat, deadLetterQueue);
    new events.Rule(this, 'ExecutionEndedBadly', {
      ruleName: `${functionName(props.workload, 'execution-ended-badly')}`,
      description:
        'An operation of Evac failed, timed out or was stopped: reconcile-seat finishes or undoes it.',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
          stateMachineArn: props.machines.map((machine) => machine.stateMachineArn),
        },
      },
      targets: [
        new targets.LambdaFunction(props.reconcileSeat, {
          deadLetterQueue,
          retryAttempts: 8,
          maxEventAge: Duration.hours(1),
        }),
      ],
    });
  }
}

/** The outbox: starts what was claimed when the claimer died in between; the same name, so it runs once. */
const startClaimed = ({ startClaimed: handler, table }: TriggersProps, queue: sqs.Queue): void =>
  handler.addEventSource(
    new DynamoEventSource(table as dynamodb.ITable, {
      startingPosition: lambda.StartingPosition.LATEST,
      batchSize: 10,
      bisectBatchOnError: true,
      retryAttempts: 10,
      maxRecordAge: Duration.hours(1),
      reportBatchItemFailures: false,
      onFailure: new SqsDlq(queue),
      filters: [
        lambda.FilterCriteria.filter({
          eventName: lambda.FilterRule.isEqual('INSERT'),
          dynamodb: { NewImage: { entry: { S: lambda.FilterRule.isEqual('claim') } } },
        }),
      ],
    }),
  );

const askOnAlarm = ({ intakeAlarm, questions }: TriggersProps, deadLetterQueue: sqs.Queue): void => {
  retryThenKeep(intakeAlarm, deadLetterQueue);
  questions.addSubscription(new subscriptions.LambdaSubscription(intakeAlarm, { deadLetterQueue }));
};

const retryThenKeep = (handler: lambda.Function, queue: sqs.Queue): void =>
  handler.configureAsyncInvoke({
    retryAttempts: 2,
    maxEventAge: Duration.hours(1),
    onFailure: new SqsDestination(queue),
  });

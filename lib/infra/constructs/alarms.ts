import { Aws } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { functionName } from '../../contract/names';
import type { Topology } from '../../domain/topology';

/**
 * Every alarm enters through one of two severities. `ask`: intake-alarm asks all witnesses for a fresh round and
 * decides on that; the alarm itself is no verdict. `tell`: a human must look, nothing starts by itself.
 */
export class Alarms extends Construct {
  readonly questions: sns.Topic;
  readonly notices: sns.Topic;

  constructor(scope: Construct, id: string, { workload, notify }: Topology) {
    super(scope, id);
    this.questions = createTopic(this, 'Questions', functionName(workload, 'questions'));
    this.notices = createTopic(this, 'Notices', functionName(workload, 'notices'));
    if (notify !== undefined) this.notices.addSubscription(new EmailSubscription(notify.email));
  }

  ask(alarm: cloudwatch.Alarm): void {
    alarm.addAlarmAction(new SnsAction(this.questions));
    this.tell(alarm);
  }

  tell(alarm: cloudwatch.Alarm): void {
    alarm.addAlarmAction(new SnsAction(this.notices));
    alarm.addOkAction(new SnsAction(this.notices));
  }
}

/** A policy of our own replaces the topic's default one, so alarms need to be let in by name. */
const createTopic = (scope: Construct, id: string, topicName: string): sns.Topic => {
  const topic = new sns.Topic(scope, id, { topicName, enforceSSL: true });
  topic.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    }),
  );
  return topic;
};

import { Duration } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** Where an event goes that its Lambda could not take: kept for 14 days (the most SQS keeps), and an alarm says so. */
export const createDeadLetters = (scope: Construct, id: string, queueName: string): sqs.Queue =>
  new sqs.Queue(scope, id, {
    queueName,
    enforceSSL: true,
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    retentionPeriod: Duration.days(14),
  });

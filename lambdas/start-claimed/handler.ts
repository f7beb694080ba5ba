import type { DynamoDBStreamEvent } from 'aws-lambda';
import { lambdaHandler } from '../shared/handler';
import { epochsOf, startClaimed } from './start-claimed';

export const handler = lambdaHandler((event: DynamoDBStreamEvent, ports) =>
  startClaimed(epochsOf(event), ports),
);

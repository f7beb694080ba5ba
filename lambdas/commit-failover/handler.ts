import { lambdaHandler } from '../shared/handler';
import { commitFailover } from './commit-failover';

export const handler = lambdaHandler(commitFailover);

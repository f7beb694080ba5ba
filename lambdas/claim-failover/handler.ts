import { lambdaHandler } from '../shared/handler';
import { claimFailover } from './claim-failover';

export const handler = lambdaHandler(claimFailover);

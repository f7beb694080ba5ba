import { lambdaHandler } from '../shared/handler';
import { planRollback } from './plan-rollback';

export const handler = lambdaHandler(planRollback);

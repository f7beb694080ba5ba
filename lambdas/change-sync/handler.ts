import { lambdaHandler } from '../shared/handler';
import { changeSync } from './change-sync';

export const handler = lambdaHandler(changeSync);

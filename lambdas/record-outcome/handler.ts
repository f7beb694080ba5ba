import { lambdaHandler } from '../shared/handler';
import { recordOutcome } from './record-outcome';

export const handler = lambdaHandler(recordOutcome);

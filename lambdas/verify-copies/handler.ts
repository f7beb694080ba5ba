import { lambdaHandler } from '../shared/handler';
import { verifyCopies } from './verify-copies';

export const handler = lambdaHandler(verifyCopies);

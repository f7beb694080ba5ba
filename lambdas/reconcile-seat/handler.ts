import { lambdaHandler } from '../shared/handler';
import { reconcileSeat } from './reconcile-seat';

export const handler = lambdaHandler((_event: unknown, ports) => reconcileSeat(ports));

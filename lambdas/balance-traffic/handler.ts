import { lambdaHandler } from '../shared/handler';
import { balanceTraffic } from './balance-traffic';

/** Each minute, and when a witness sees that the weights should be others. */
export const handler = lambdaHandler((_input: unknown, ports) => balanceTraffic(ports));

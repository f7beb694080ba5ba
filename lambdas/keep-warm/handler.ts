import { lambdaHandler } from '../shared/handler';
import { keepWarm } from './keep-warm';

export const handler = lambdaHandler((_event: unknown, ports) => keepWarm(ports));

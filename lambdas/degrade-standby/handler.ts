import { lambdaHandler } from '../shared/handler';
import { warmStores } from '../shared/warm';
import { degradeStandby } from './degrade-standby';

export const handler = lambdaHandler(degradeStandby, warmStores);

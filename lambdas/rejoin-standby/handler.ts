import { lambdaHandler } from '../shared/handler';
import { warmStores } from '../shared/warm';
import { rejoinStandby } from './rejoin-standby';

export const handler = lambdaHandler(rejoinStandby, warmStores);

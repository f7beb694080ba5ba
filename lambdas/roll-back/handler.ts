import { lambdaHandler } from '../shared/handler';
import { warmStores } from '../shared/warm';
import { rollBack } from './roll-back';

export const handler = lambdaHandler(rollBack, warmStores);

import { lambdaHandler } from '../shared/handler';
import { warmStores } from '../shared/warm';
import { restoreSync } from './restore-sync';

export const handler = lambdaHandler(restoreSync, warmStores);

import { lambdaHandler } from '../shared/handler';
import { claimRebuild } from './claim-rebuild';

export const handler = lambdaHandler(claimRebuild);

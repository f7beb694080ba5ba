import { Env, requireEnv } from '../../lib/contract/environment';
import { lambdaHandler } from '../shared/handler';
import { warmStores } from '../shared/warm';
import { sampleSync } from './sample-sync';

const limitMs = Number(requireEnv(Env.loopLimitMs));

export const handler = lambdaHandler((_input: unknown, ports) => sampleSync(ports, limitMs), warmStores);

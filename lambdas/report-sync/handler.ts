import { Env, requireEnv } from '../../lib/contract/environment';
import { lambdaHandler } from '../shared/handler';
import { reportSync } from './report-sync';

const limitMs = Number(requireEnv(Env.loopLimitMs));

export const handler = lambdaHandler((_input: unknown, ports) => reportSync(ports, limitMs));

import { Env, requireEnv } from '../../lib/contract/environment';
import type { ProbeRequest } from '../../lib/contract/payload';
import { lambdaHandler } from '../shared/handler';
import { freshRound } from './fresh-round';
import { probeZone } from './probe-zone';

const witness = requireEnv(Env.zone);
const limitMs = Number(requireEnv(Env.loopLimitMs));

export const handler = lambdaHandler(async (request: ProbeRequest, ports): Promise<unknown> =>
  request.run === 'fresh-round' ? freshRound(ports, witness) : probeZone(ports, { witness, limitMs }),
);

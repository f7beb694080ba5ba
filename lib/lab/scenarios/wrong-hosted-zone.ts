import type { LambdaClient } from '@aws-sdk/client-lambda';
import { GetFunctionConfigurationCommand, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { Env } from '../../contract/environment';
import { functionName } from '../../contract/names';
import type { Lab } from '../lab';
import { withLambdaClient } from './lambda-client';

/** All that change the public name's records: the step, and whoever finishes what it left. */
const CHANGERS = ['shift-traffic', 'roll-back', 'reconcile-seat'] as const;
const NO_SUCH_ZONE = 'Z00000000000000000000';
const TIMEOUT_MS = 10_000;

const swapHostedZone = async (client: LambdaClient, FunctionName: string, id: string): Promise<string> => {
  const limit = () => ({ abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
  const found = await client.send(new GetFunctionConfigurationCommand({ FunctionName }), limit());
  const before = found.Environment?.Variables ?? {};
  const Environment = { Variables: { ...before, [Env.hostedZoneId]: id } };
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment }), limit());
  return before[Env.hostedZoneId] ?? '';
};

/**
 * Makes Route 53 refuse every change, as for a hosted zone that somebody deleted: the functions name one that is not
 * there. Answers how to put it right again.
 */
export const breakHostedZone = (lab: Lab): Promise<() => Promise<void>> =>
  withLambdaClient(lab, async (client) => {
    const { workload } = lab.options.topology;
    const before = new Map<string, string>();
    for (const name of CHANGERS) {
      const full = functionName(workload, name);
      before.set(full, await swapHostedZone(client, full, NO_SUCH_ZONE));
    }
    return () =>
      withLambdaClient(lab, async (again) => {
        for (const [full, id] of before) await swapHostedZone(again, full, id);
      });
  });

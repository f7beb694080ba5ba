import {
  DeleteFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  PutFunctionConcurrencyCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { functionName } from '../../contract/names';
import { WARM_UP_EVENT } from '../../contract/payload';
import { invoke } from '../deploy/invoke';
import type { Lab } from '../lab';
import { withLambdaClient } from './lambda-client';

const TIMEOUT_MS = 10_000;
const limit = () => ({ abortSignal: AbortSignal.timeout(TIMEOUT_MS) });

type Undo = () => Promise<void>;

/** No call of this Lambda is taken any more, as with a reserved concurrency of 0. Answers how to end that. */
export const throttle = (lab: Lab, name: string): Promise<Undo> =>
  withLambdaClient(lab, async (client) => {
    const FunctionName = functionName(lab.options.topology.workload, name);
    const none = new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 });
    await client.send(none, limit());
    return () =>
      withLambdaClient(lab, async (again) => {
        await again.send(new DeleteFunctionConcurrencyCommand({ FunctionName }), limit());
      });
  });

/** So many of a Lambda, all warm: calls that come side by side are then as quick as a single one. */
export const warmUpMany = async (lab: Lab, name: string, count: number): Promise<void> => {
  const { topology } = lab.options;
  const warm = { endpoint: lab.file()?.endpoint, topology, timeoutMs: TIMEOUT_MS };
  const FunctionName = functionName(topology.workload, name);
  const calls = Array.from({ length: count }, () =>
    invoke(warm, FunctionName, 'RequestResponse', WARM_UP_EVENT),
  );
  await Promise.all(calls);
};

/** Lets a Lambda live longer than its function's timeout, warm again already. Answers how to end that. */
export const letOutlive = (lab: Lab, name: string, seconds: number): Promise<Undo> =>
  withLambdaClient(lab, async (client) => {
    const FunctionName = functionName(lab.options.topology.workload, name);
    const { Timeout } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }), limit());
    const set = async (to: number | undefined): Promise<void> => {
      const command = new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: to });
      await withLambdaClient(lab, async (again) => again.send(command, limit()));
      await warmUpMany(lab, name, 1);
    };
    await set(seconds);
    return () => set(Timeout);
  });

import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { functionName } from '../contract/names';
import type { Functions } from '../ports/functions';

export interface LambdaFunctionsOptions {
  readonly workload: string;
  readonly client?: LambdaClient;
  readonly onFailed: (name: string, cause: unknown) => void;
}

const FIRE_TIMEOUT_MS = 3_000;

export const createLambdaFunctions = (options: LambdaFunctionsOptions): Functions => {
  let client = options.client;
  const lambda = (): LambdaClient => (client ??= new LambdaClient({ maxAttempts: 1 }));
  const invoke = (name: string, payload: object, type: 'Event' | 'RequestResponse', timeoutMs: number) =>
    lambda().send(
      new InvokeCommand({
        FunctionName: functionName(options.workload, name),
        InvocationType: type,
        Payload: Buffer.from(JSON.stringify(payload)),
      }),
      { abortSignal: AbortSignal.timeout(timeoutMs) },
    );
  return {
    fire: async (name, payload) => {
      await invoke(name, payload, 'Event', FIRE_TIMEOUT_MS).catch((cause: unknown) =>
        options.onFailed(name, cause),
      );
    },
    ping: async (name, payload, timeoutMs) => {
      try {
        const answer = await invoke(name, payload, 'RequestResponse', timeoutMs);
        return answer.FunctionError === undefined;
      } catch (cause) {
        options.onFailed(name, cause);
        return false;
      }
    },
  };
};

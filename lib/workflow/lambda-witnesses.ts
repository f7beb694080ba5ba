import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { ProbeRequest } from '../contract/payload';
import { witnessFunctionName } from '../contract/names';
import type { Observation } from '../domain/observation';
import type { WitnessId } from '../domain/topology';
import type { Witnesses } from '../ports/witnesses';

export interface LambdaWitnessesOptions {
  readonly workload: string;
  readonly client?: LambdaClient;
  /** Told of each witness that gave no observation, with the cause. */
  readonly onMissing?: (witness: WitnessId, cause: unknown) => void;
}

const REQUEST: ProbeRequest = { run: 'fresh-round' };

const isObservation = (value: unknown): value is Observation =>
  value !== null && typeof value === 'object' && 'witness' in value && 'round' in value && 'targets' in value;

/** Invokes the witness Lambdas themselves: works while their schedules are off. */
export const createLambdaWitnesses = (options: LambdaWitnessesOptions): Witnesses => {
  let client = options.client;
  const lambda = (): LambdaClient => (client ??= new LambdaClient({ maxAttempts: 1 }));

  const ask = async (witness: WitnessId, timeoutMs: number): Promise<Observation> => {
    const answer = await lambda().send(
      new InvokeCommand({
        FunctionName: witnessFunctionName(options.workload, witness),
        Payload: Buffer.from(JSON.stringify(REQUEST)),
      }),
      { abortSignal: AbortSignal.timeout(timeoutMs) },
    );
    const body: unknown = JSON.parse(Buffer.from(answer.Payload ?? []).toString() || 'null');
    if (answer.FunctionError !== undefined || !isObservation(body))
      throw new Error(`witness ${witness} gave no observation: ${JSON.stringify(body).slice(0, 300)}`);
    return body;
  };

  return {
    freshRound: async (witnesses, timeoutMs) => {
      const answers = await Promise.allSettled(witnesses.map((witness) => ask(witness, timeoutMs)));
      return answers.flatMap((answer, index) => {
        if (answer.status === 'fulfilled') return [answer.value];
        options.onMissing?.(witnesses[index] ?? '?', answer.reason);
        return [];
      });
    },
  };
};

import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { ProbeRequest } from '../../contract/payload';
import { functionName, witnessFunctionName } from '../../contract/names';
import type { Topology, WitnessId } from '../../domain/topology';
import { witnessesOf } from '../../domain/topology';
import { EvacError } from '../../domain/errors';
import { localClientOptions } from './local-client';
import { requireLocalEndpoint } from './local-endpoint';

export interface InvokeOptions {
  readonly endpoint: string | undefined;
  readonly topology: Topology;
  readonly timeoutMs: number;
}

/** A Lambda of the deployment ended with an error; its own log says more. */
export class LambdaFailed extends EvacError {}

/** @throws LambdaFailed, EndpointRefused, the client's own error when there is no answer in time */
export const invoke = async (
  { endpoint, timeoutMs }: InvokeOptions,
  name: string,
  type: 'Event' | 'RequestResponse',
  payload: object,
): Promise<void> => {
  const client = new LambdaClient({ ...localClientOptions(requireLocalEndpoint(endpoint)), maxAttempts: 1 });
  const command = new InvokeCommand({
    FunctionName: name,
    InvocationType: type,
    Payload: Buffer.from(JSON.stringify(payload)),
  });
  const answer = await client
    .send(command, { abortSignal: AbortSignal.timeout(timeoutMs) })
    .finally(() => client.destroy());
  if (answer.FunctionError === undefined) return;
  throw new LambdaFailed(
    `${name}: ${Buffer.from(answer.Payload ?? [])
      .toString()
      .slice(0, 500)}`,
  );
};

/** Runs keep-warm once, so that the first failover finds every step warm. @throws LambdaFailed, EndpointRefused */
export const warmUp = (options: InvokeOptions): Promise<void> =>
  invoke(options, functionName(options.topology.workload, 'keep-warm'), 'RequestResponse', {});

/**
 * Starts every witness's loop now: the schedules' first tick comes a minute after the deployment. The schedules'
 * next runs take the loops over, as they do each minute. @throws LambdaFailed, EndpointRefused
 */
export async function startWitnesses(
  options: InvokeOptions,
  witnesses: readonly WitnessId[] = witnessesOf(options.topology),
): Promise<void> {
  const request: ProbeRequest = { run: 'loop' };
  const names = witnesses.map((id) => witnessFunctionName(options.topology.workload, id));
  await Promise.all(names.map((name) => invoke(options, name, 'Event', request)));
}

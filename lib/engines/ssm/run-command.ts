import { setTimeout as sleep } from 'node:timers/promises';
import type { GetCommandInvocationResult } from '@aws-sdk/client-ssm';
import {
  GetCommandInvocationCommand,
  InvocationDoesNotExist,
  SendCommandCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { DeadlineExceeded, EvacError, Unreachable } from '../../domain/errors';
import type { CommandOutput } from './host-answer';

/** SSM drops a command that its instance has not begun by then; 30 s is the least it takes (SendCommand, TimeoutSeconds). */
const DELIVERY_SECONDS = 30;

export interface RunOptions {
  readonly instanceId: string;
  readonly command: string;
  readonly timeoutMs: number;
  readonly pollMs: number;
}

const isExpired = (cause: unknown): boolean =>
  cause instanceof Error && (cause.name === 'AbortError' || cause.name === 'TimeoutError');

/** Not begun, or cut off from SSM: the instance did not answer. */
const UNDELIVERED = ['DeliveryTimedOut', 'Undeliverable', 'Terminated', 'InvalidPlatform', 'AccessDenied'];
const UNDER_WAY = ['Pending', 'InProgress', 'Delayed', 'Cancelling'];

const outputOf = (found: GetCommandInvocationResult, where: string): CommandOutput => {
  // The guide writes them with blanks, the service without.
  const detail = (found.StatusDetails ?? '').replaceAll(' ', '') || 'no details';
  if (UNDELIVERED.includes(detail))
    throw new Unreachable(`${where}: the command was not begun there (${detail})`);
  if (found.Status === 'TimedOut')
    throw new DeadlineExceeded(`${where}: the command did not end in time there`);
  if (found.Status !== 'Success' && found.Status !== 'Failed')
    throw new EvacError(`${where}: the command is ${found.Status ?? 'without a status'} (${detail})`);
  return {
    exitCode: found.ResponseCode ?? (found.Status === 'Success' ? 0 : 1),
    stdout: found.StandardOutputContent ?? '',
    stderr: found.StandardErrorContent ?? '',
  };
};

/**
 * Runs one shell command on one instance and waits for its end. Not ended here: what was sent may still act there
 * later, which is why the host refuses older epochs.
 * @throws DeadlineExceeded when it did not end within `timeoutMs`, Unreachable when SSM or the instance did not take it.
 */
export const runCommand = async (client: SSMClient, options: RunOptions): Promise<CommandOutput> => {
  const { instanceId, command, timeoutMs, pollMs } = options;
  const where = `instance ${instanceId}`;
  const expired = AbortSignal.timeout(timeoutMs);
  const failed = (cause: unknown): never => {
    if (expired.aborted || isExpired(cause))
      throw new DeadlineExceeded(`${where}: ${command} did not end within ${Math.round(timeoutMs)} ms`, {
        cause,
      });
    throw new Unreachable(`${where}: SSM did not take ${command}: ${String(cause)}`, { cause });
  };
  const ask = async (commandId: string): Promise<GetCommandInvocationResult | null> =>
    client
      .send(new GetCommandInvocationCommand({ CommandId: commandId, InstanceId: instanceId }), {
        abortSignal: expired,
      })
      .catch((cause: unknown) => {
        // Its instance is told a moment after SendCommand has answered.
        if (cause instanceof InvocationDoesNotExist) return null;
        return failed(cause);
      });

  const send = new SendCommandCommand({
    DocumentName: 'AWS-RunShellScript',
    InstanceIds: [instanceId],
    TimeoutSeconds: DELIVERY_SECONDS,
    Comment: 'evac',
    Parameters: { commands: [command], executionTimeout: [String(Math.ceil(timeoutMs / 1000))] },
  });
  const sent = await client.send(send, { abortSignal: expired }).catch(failed);
  for (;;) {
    await sleep(pollMs, undefined, { signal: expired }).catch(failed);
    const found = await ask(sent.Command?.CommandId ?? '');
    if (found !== null && !UNDER_WAY.includes(found.Status ?? 'Pending')) return outputOf(found, where);
  }
};

export const createSsmClient = (): SSMClient => new SSMClient({ maxAttempts: 2 });

import type { SSMClient } from '@aws-sdk/client-ssm';
import type * as z from 'zod';
import { InvalidConfiguration } from '../../domain/errors';
import type { HostAddress, ZoneId } from '../../domain/topology';
import type { HostControl } from '../../ports/host-control';
import type { CommandOutput } from './host-answer';
import { readAnswer, rejoinAnswer, statusAnswer } from './host-answer';
import { shellCommand } from './shell-command';

export interface SsmHostControlOptions {
  readonly hosts: Readonly<Record<ZoneId, HostAddress>>;
  readonly client?: SSMClient;
  /** How often SSM is asked whether the command has ended, ms. */
  readonly pollMs?: number;
}

/** SSM allows some tens of these calls a second in an account; one command asks a few times. */
const POLL_MS = 200;
/** The host's own steps end this much before the caller stops listening, so that its reason still arrives by SSM. */
const ANSWER_MARGIN_MS = 1_000;

/**
 * Host control on EC2: `evac-host` on the instance (docs/aws-hosts.md), run by SSM.
 * Rejects with StaleEpoch, DeadlineExceeded, Unreachable, or EvacError with what the host said.
 */
export const createSsmHostControl = (options: SsmHostControlOptions): HostControl => {
  const { hosts, pollMs = POLL_MS } = options;
  let client = options.client;

  const send = async (instanceId: string, command: string, timeoutMs: number): Promise<CommandOutput> => {
    // Its client is loaded with the first command: whoever only probes never pays for it.
    const { createSsmClient, runCommand } = await import('./run-command');
    client ??= createSsmClient();
    return runCommand(client, { instanceId, command, timeoutMs, pollMs });
  };

  const instanceIn = (zone: ZoneId): string => {
    const host = hosts[zone];
    if (host?.kind === 'ssm') return host.instanceId;
    throw new InvalidConfiguration(
      `no instance for SSM in ${zone}; there is a host in ${Object.keys(hosts).join(', ')}`,
    );
  };
  const run = async <T>(
    zone: ZoneId,
    command: string,
    schema: z.ZodType<T>,
    timeoutMs: number,
  ): Promise<T> => {
    const instanceId = instanceIn(zone);
    const output = await send(instanceId, command, timeoutMs);
    return readAnswer(`instance ${instanceId}: ${command}`, schema, output);
  };
  const hostTimeoutMs = (timeoutMs: number): number => Math.max(1, Math.floor(timeoutMs - ANSWER_MARGIN_MS));

  return {
    status: (zone, timeoutMs) => run(zone, shellCommand('status', {}), statusAnswer, timeoutMs),
    stop: async (zone, { epoch }, timeoutMs) => {
      const command = shellCommand('stop', { epoch, timeoutMs: hostTimeoutMs(timeoutMs) });
      await run(zone, command, statusAnswer, timeoutMs);
    },
    rejoin: (zone, { epoch, upstreamHost, upstreamPort, standbyName, fresh, keep }, timeoutMs) => {
      const anew = fresh === true ? { fresh: 'yes', keep: keep === true ? 'yes' : 'no' } : {};
      const where = { epoch, upstreamHost, upstreamPort, standbyName };
      const order = { ...where, ...anew, timeoutMs: hostTimeoutMs(timeoutMs) };
      return run(zone, shellCommand('rejoin', order), rejoinAnswer, timeoutMs);
    },
  };
};

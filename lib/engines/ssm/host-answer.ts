import * as z from 'zod';
import { DeadlineExceeded, EvacError, StaleEpoch, Unreachable } from '../../domain/errors';

export const statusAnswer = z.object({
  up: z.literal(true),
  engine: z.enum(['running', 'stopped', 'starting']),
  epoch: z.int().nonnegative(),
});

export const rejoinAnswer = z.object({
  how: z.enum(['already', 'restarted', 'rewound', 'recloned']),
  kept: z.string().exactOptional(),
});

const failure = z.object({ error: z.string(), message: z.string() });

/** What a command left behind on its instance. */
export interface CommandOutput {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
};

/** The host answers an error with the name it has in the domain, so that it means the same on this side. */
const NAMED: Readonly<Record<string, new (message: string) => EvacError>> = {
  StaleEpoch,
  DeadlineExceeded,
  Unreachable,
};

const saidInstead = ({ exitCode, stdout, stderr }: CommandOutput): string =>
  `exit code ${exitCode}, ${JSON.stringify(lastLine(stdout).slice(0, 200))}, ${JSON.stringify(stderr.trim().slice(0, 300))}`;

/**
 * The JSON in the last line that `evac-host` printed.
 * @throws StaleEpoch, DeadlineExceeded, Unreachable as the host named it; EvacError for everything else.
 */
export const readAnswer = <T>(where: string, schema: z.ZodType<T>, output: CommandOutput): T => {
  const body = parsed(lastLine(output.stdout));
  if (output.exitCode === 0) {
    const answer = schema.safeParse(body);
    if (answer.success) return answer.data;
    throw new EvacError(`${where} printed no answer of evac-host: ${saidInstead(output)}`, {
      cause: answer.error,
    });
  }
  const failed = failure.safeParse(body);
  if (!failed.success)
    throw new EvacError(`${where} failed: ${saidInstead(output)}`, { cause: failed.error });
  const { error, message } = failed.data;
  throw new (NAMED[error] ?? EvacError)(`${where}: ${message}`);
};

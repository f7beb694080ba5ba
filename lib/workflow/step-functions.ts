import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { machineName } from '../contract/names';
import { Unreachable } from '../domain/errors';
import type { ExecutionStatus, Workflows } from '../ports/workflows';

export interface StepFunctionsOptions {
  readonly workload: string;
  /** `arn:aws:states:<region>:<account>:stateMachine:` */
  readonly machineArnPrefix: string;
  readonly timeoutMs: number;
  readonly client?: SFNClient;
}

const STATUS: Readonly<Record<string, ExecutionStatus>> = {
  RUNNING: 'running',
  PENDING_REDRIVE: 'running',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  TIMED_OUT: 'failed',
  ABORTED: 'failed',
};

/** Step Functions behind the port; names are unique for 90 days, which makes a start happen once (AWS, StartExecution). */
export const createStepFunctions = (options: StepFunctionsOptions): Workflows => {
  let client = options.client;
  const sfn = (): SFNClient => (client ??= new SFNClient({ maxAttempts: 2 }));
  const machineArn = (machine: string): string =>
    options.machineArnPrefix + machineName(options.workload, machine);
  const executionArn = (machine: string, name: string): string =>
    `${machineArn(machine).replace(':stateMachine:', ':execution:')}:${name}`;
  const deadline = () => ({ abortSignal: AbortSignal.timeout(options.timeoutMs) });
  const unreachable = (doing: string) => (cause: unknown) => {
    throw new Unreachable(`Step Functions did not ${doing} within ${options.timeoutMs} ms`, { cause });
  };

  const describe: Workflows['describe'] = async (machine, name) => {
    try {
      const command = new DescribeExecutionCommand({ executionArn: executionArn(machine, name) });
      const answer = await sfn().send(command, deadline());
      const status = STATUS[answer.status ?? ''] ?? 'unknown';
      const failure = { error: answer.error ?? '', cause: answer.cause ?? '' };
      return { status, failure: status === 'failed' ? failure : null };
    } catch (cause) {
      if (cause instanceof ExecutionDoesNotExist) return { status: 'unknown', failure: null };
      return unreachable(`describe ${machine} ${name}`)(cause);
    }
  };
  /** One that has ended by itself cannot be stopped, and the refusal has no name of its own: so it is looked at. */
  const hasEnded = async (machine: string, name: string): Promise<boolean> => {
    const { status } = await describe(machine, name);
    return status === 'failed' || status === 'succeeded';
  };

  return {
    describe,
    start: async (machine, name, input) => {
      const command = new StartExecutionCommand({
        stateMachineArn: machineArn(machine),
        name,
        input: JSON.stringify(input),
      });
      await sfn()
        .send(command, deadline())
        .catch((cause: unknown) => {
          // Somebody with the same claim was faster: exactly what the name is for.
          if (cause instanceof ExecutionAlreadyExists) return;
          unreachable(`start ${machine} ${name}`)(cause);
        });
    },
    stop: async (machine, name, reason) => {
      const command = new StopExecutionCommand({
        executionArn: executionArn(machine, name),
        error: 'TakenOver',
        cause: reason,
      });
      await sfn()
        .send(command, deadline())
        .catch(async (cause: unknown) => {
          if (cause instanceof ExecutionDoesNotExist || (await hasEnded(machine, name))) return;
          unreachable(`stop ${machine} ${name}`)(cause);
        });
    },
  };
};

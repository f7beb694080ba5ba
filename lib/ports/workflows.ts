import type { MachineName } from '../contract/workflows';

export const ExecutionStatus = {
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  unknown: 'unknown',
} as const;
export type ExecutionStatus = (typeof ExecutionStatus)[keyof typeof ExecutionStatus];

/** The workflow service. Starting is idempotent by name: starting twice runs once. */
export interface Workflows {
  start(machine: MachineName, name: string, input: Readonly<Record<string, unknown>>): Promise<void>;
  status(machine: MachineName, name: string): Promise<ExecutionStatus>;
  /** Resolves also when it has ended already. */
  stop(machine: MachineName, name: string, reason: string): Promise<void>;
}

export const ExecutionStatus = {
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  unknown: 'unknown',
} as const;
export type ExecutionStatus = (typeof ExecutionStatus)[keyof typeof ExecutionStatus];

/** The workflow service; `machine` is a name of lib/contract's map. Starting is idempotent by name: starting twice runs once. */
export interface Workflows {
  start(machine: string, name: string, input: Readonly<Record<string, unknown>>): Promise<void>;
  status(machine: string, name: string): Promise<ExecutionStatus>;
  /** Resolves also when it has ended already. */
  stop(machine: string, name: string, reason: string): Promise<void>;
}

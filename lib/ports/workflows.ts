export const ExecutionStatus = {
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  unknown: 'unknown',
} as const;
export type ExecutionStatus = (typeof ExecutionStatus)[keyof typeof ExecutionStatus];

export interface Execution {
  readonly status: ExecutionStatus;
  /** Why it failed, as the machine put it; null while it runs or when it succeeded. */
  readonly failure: { readonly error: string; readonly cause: string } | null;
}

/** The workflow service; `machine` is a name of lib/contract's map. Starting is idempotent by name: starting twice runs once. */
export interface Workflows {
  start(machine: string, name: string, input: Readonly<Record<string, unknown>>): Promise<void>;
  describe(machine: string, name: string): Promise<Execution>;
  /** Resolves also when it has ended already. */
  stop(machine: string, name: string, reason: string): Promise<void>;
}

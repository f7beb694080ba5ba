import { startExecution } from '../../lib/asl/execution';
import { StatesError } from '../../lib/asl/failure';
import type { Ended, HistoryEvent } from '../../lib/asl/history';
import type { TaskCall } from '../../lib/asl/ports';
import { readDefinition } from '../../lib/asl/read-definition';
import { createVirtualTime } from './virtual-time';

/** What a Lambda does when it is called: the first line the first time, the last one ever after. */
export interface Line {
  readonly afterMs?: number;
  readonly returns?: unknown;
  readonly throws?: { readonly name: string; readonly message: string };
}

export type Script = Readonly<Record<string, readonly Line[]>>;

export const thrown = (name: string, message = 'no'): Line => ({ throws: { name, message } });

export interface ScriptedRun {
  readonly ended: Ended;
  readonly history: readonly HistoryEvent[];
  readonly calls: readonly TaskCall[];
}

const SYNC = 'arn:aws:states:::states:startExecution.sync:2';

export interface Scripted {
  readonly definition: unknown;
  readonly input?: unknown;
  /** By the placeholder of the Lambda. */
  readonly script?: Script;
  /** Machines behind placeholders of nested executions. */
  readonly nested?: Readonly<Record<string, unknown>>;
  /** Ms until somebody stops it. */
  readonly stopAfterMs?: number;
}

export const placeholderIn = (text: unknown): string => /^\$\{(\w+)\}$/.exec(String(text))?.[1] ?? '';

/** Runs a definition by the interpreter, over Lambdas that do what the script says, in virtual time. */
export const runScripted = async (scripted: Scripted): Promise<ScriptedRun> => {
  const time = createVirtualTime();
  const calls: TaskCall[] = [];
  const times = new Map<string, number>();

  const speak = async (name: string): Promise<unknown> => {
    const lines = scripted.script?.[name] ?? [];
    const count = times.get(name) ?? 0;
    times.set(name, count + 1);
    const { afterMs = 0, returns = {}, throws } = lines[Math.min(count, lines.length - 1)] ?? {};
    if (afterMs > 0) await time.sleep(afterMs);
    if (throws !== undefined) throw Object.assign(new Error(throws.message), { name: throws.name });
    return returns;
  };
  const invoke = async (call: TaskCall): Promise<unknown> => {
    calls.push(call);
    if (call.resource !== SYNC) return speak(placeholderIn(call.resource));
    const { StateMachineArn, Input } = call.input as Readonly<Record<string, unknown>>;
    const child = start(scripted.nested?.[placeholderIn(StateMachineArn)], 'child', Input);
    const ended = await child.ended;
    if (ended.status === 'SUCCEEDED') return { Name: 'child', Status: ended.status, Output: ended.output };
    throw new StatesError('States.TaskFailed', JSON.stringify(ended));
  };
  const start = (definition: unknown, name: string, input: unknown) =>
    startExecution(
      readDefinition(name, definition),
      { name, input },
      { invoke, nowMs: time.nowMs, sleep: time.sleep, deadline: time.deadline },
    );

  const { ended, history, stop } = start(scripted.definition, 'execution-1', scripted.input ?? {});
  if (scripted.stopAfterMs !== undefined)
    void time.sleep(scripted.stopAfterMs).then(() => stop('Stopped', 'by a test'));
  return { ended: await time.runUntil(ended), history, calls };
};

import type { OperationRef } from '../../lib/contract/payload';
import type { HeldSeat, Operation, Phase } from '../../lib/domain/protocol/seat';
import type { Effect } from '../../lib/ports/engine';
import type { StepRecord } from '../../lib/ports/state-store';
import type { Ports } from './ports';
import { enterPhase, readOperation } from './seat-access';

export interface StepInput {
  readonly operation: OperationRef;
}

export interface StepContext {
  readonly ports: Ports;
  readonly seat: HeldSeat;
  readonly operation: Operation;
  readonly effect: Effect;
}

export type Detail = Readonly<Record<string, unknown>>;

export interface StepDefinition {
  /** The Lambda's folder; the journal's sort key ends with it. */
  readonly name: string;
  /** Own deadline, shorter than the state's TimeoutSeconds, so that the step ends before it is timed out. */
  readonly deadlineMs: number;
  /** What must hold still before anything is registered or done; its error ends the step. */
  readonly check?: (ports: Ports, operation: Operation) => Promise<void>;
  /** Entered, by a conditional write, before the step acts. Absent: the step changes nothing. */
  readonly phase?: { readonly from: readonly Phase[]; readonly to: Phase };
  readonly act: (context: StepContext) => Promise<Detail>;
}

/**
 * The frame of every step: record, act, re-read. Entering the phase is the record (a conditional write under the
 * epoch that also reads the seat back). A step whose operation was taken over meanwhile fails with `StaleEpoch` even
 * if its effect succeeded, so that nothing after it runs at the old epoch.
 */
export const runStep = async (step: StepDefinition, input: StepInput, ports: Ports): Promise<Detail> => {
  const { epoch } = input.operation;
  const startedMs = ports.clock.monotonicMs();
  await step.check?.(ports, (await readOperation(ports, epoch)).operation);
  const before =
    step.phase === undefined ? await readOperation(ports, epoch) : await enterPhase(ports, epoch, step.phase);
  const journal = { epoch, name: step.name, startedMs };
  try {
    const detail = await step.act({ ports, ...before, effect: { epoch, deadlineMs: step.deadlineMs } });
    await Promise.all([readOperation(ports, epoch), writeLine(ports, journal, 'done', detail)]);
    return detail;
  } catch (cause) {
    await journalFailure(ports, journal, cause);
    throw cause;
  }
};

const describe = (cause: unknown): Detail =>
  cause instanceof Error ? { error: cause.name, message: cause.message } : { error: String(cause) };

interface Journal {
  readonly epoch: number;
  readonly name: string;
  /** On this process's monotonic clock: how long a step took is not for two clocks to say. */
  readonly startedMs: number;
}

const writeLine = async (
  ports: Ports,
  { epoch, name, startedMs }: Journal,
  status: StepRecord['status'],
  detail: Detail,
): Promise<void> => {
  const endedAtMs = await ports.store.nowMs();
  const startedAtMs = endedAtMs - (ports.clock.monotonicMs() - startedMs);
  await ports.store.writeStep({ epoch, name, status, startedAtMs, endedAtMs, detail });
};

// The step's own error is what must reach the state machine, not the journal's.
const journalFailure = (ports: Ports, journal: Journal, cause: unknown): Promise<void> =>
  writeLine(ports, journal, 'failed', describe(cause)).catch((lost: unknown) =>
    ports.log.warn('journal line lost', { ...describe(cause), lost: String(lost) }),
  );

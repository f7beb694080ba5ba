import { userInfo } from 'node:os';
import { ulid } from 'ulid';
import { copiesExecutionName } from '../contract/names';
import type { RebuildRequest } from '../contract/payload';
import type { CopiesRecord } from '../domain/consistency/record';
import type { Repair } from '../domain/consistency/repair';
import { planRepair } from '../domain/consistency/repair';
import { assessRequest } from '../domain/decision/assess-request';
import { InvalidRequest } from '../domain/errors';
import type { Store } from '../domain/topology';
import { compareCopies } from './compare-copies';
import type { Connection } from './connection';
import { followExecution } from './follow-execution';
import { keepRefusal, refuse } from './keep-refusal';
import type { Output } from './output';
import type { Repaired } from './repair-text';
import { takeSnapshot } from './snapshot';
import { verifiedStore, verifyText } from './verify-text';

export interface ReconcileOptions {
  readonly stores: readonly Store[];
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly timeoutMs: number;
}

/** What a comparison found, and what is to be done about it. */
interface Found {
  readonly planned: readonly Repair[];
  readonly records: readonly CopiesRecord[];
}

interface Reconciled {
  readonly repaired: readonly Repaired[];
  /** The newest comparison of each store. */
  readonly records: readonly CopiesRecord[];
}

const MISSING_REASON = '--reason is missing: say why the copy is made anew, it is kept with the decision';

const reasonOf = ({ reason, dryRun }: ReconcileOptions): string => {
  const said = reason?.trim() ?? '';
  if (said !== '') return said;
  if (dryRun === true) return 'a dry run';
  throw new InvalidRequest(MISSING_REASON);
};

/**
 * The same checks that the state machine makes, first here: a refusal costs nothing and starts nothing. Answers the seat's epoch
 * that they were made at. @throws Refused
 */
export const requireAllowed = async (
  connection: Connection,
  output: Output,
  { store, copy }: Repair,
  options: ReconcileOptions,
): Promise<number> => {
  const snapshot = await takeSnapshot(connection);
  const requestedBy = userInfo().username;
  const anew = { to: copy, mode: 'planned', kind: 'rejoin', only: [store], rebuild: { keep: true } } as const;
  const request = { ...anew, reason: reasonOf(options) };
  const decision = assessRequest(snapshot, request);
  if (decision.operation !== null) return snapshot.seat.epoch;
  if (options.dryRun !== true)
    await keepRefusal(connection, output, { snapshot, decision, request: { ...request, requestedBy } });
  return refuse(decision);
};

/** Somebody else may have taken the seat since: so many epochs are looked through, newest first. */
const EPOCHS_BACK = 5;

/** The epoch that an execution took, and what it kept, by the journal; null: it does not say. */
const journalled = async (
  { store: state }: Connection,
  execution: string,
): Promise<Pick<Repaired, 'epoch' | 'kept'>> => {
  const newest = (await state.readSeat())?.epoch ?? 0;
  for (let epoch = newest; epoch > 0 && epoch > newest - EPOCHS_BACK; epoch -= 1) {
    const steps = await state.readSteps(epoch);
    const isIts = steps.some(
      ({ name, detail }) => name === 'record-outcome' && detail['execution'] === execution,
    );
    if (!isIts) continue;
    const kept = steps.find(({ name }) => name === 'rejoin-standby')?.detail['kept'];
    return { epoch, kept: typeof kept === 'string' ? kept : null };
  }
  return { epoch: null, kept: null };
};

/** One store's copy, made anew by the state machine. @throws Refused, OperationFailed, StillRunning */
const carryOut = async (
  connection: Connection,
  output: Output,
  repair: Repair,
  options: ReconcileOptions,
): Promise<Repaired> => {
  const seatEpoch = await requireAllowed(connection, output, repair, options);
  const { store, copy, comparison } = repair;
  const execution = `${connection.topology.workload}-r-${ulid()}`;
  const request: RebuildRequest = {
    rebuild: store,
    to: copy,
    seatEpoch,
    keep: true,
    reason: reasonOf(options),
    comparison,
    requestedBy: userInfo().username,
  };
  output.note(`starting rejoin ${execution} in ${connection.where}`);
  await connection.workflows.start('rejoin', execution, { ...request });
  const { timeoutMs } = options;
  await followExecution(connection, output, { machine: 'rejoin', name: execution, timeoutMs });
  return { store, copy, execution, ...(await journalled(connection, execution)) };
};

/** After a rejoin the copies are compared by themselves, if the policy says so: by that name it happens once. */
const compareAgain = async (
  connection: Connection,
  output: Output,
  { store, epoch }: Repaired,
  timeoutMs: number,
): Promise<CopiesRecord> => {
  const name = epoch === null ? {} : { name: copiesExecutionName(connection.topology.workload, epoch) };
  const [record] = await compareCopies(connection, output, { stores: [store], timeoutMs, ...name });
  return record as CopiesRecord;
};

/**
 * Compares, and says what there is to be done. Changes nothing.
 * @throws InvalidRequest without a reason, Refused `writer-damaged`, OperationFailed, StillRunning
 */
export const findRepairs = async (
  connection: Connection,
  output: Output,
  options: ReconcileOptions,
): Promise<Found> => {
  reasonOf(options);
  const { stores, timeoutMs } = options;
  const records = await compareCopies(connection, output, { stores, timeoutMs });
  try {
    return { planned: records.flatMap((record) => planRepair(record) ?? []), records };
  } catch (refused) {
    // What was found is what a person has to decide on.
    output.note(verifyText(records.map(verifiedStore)));
    throw refused;
  }
};

/**
 * Makes each copy anew, a store at a time, and compares it again. Truth is the store's writer by the seat; the copy has to be its
 * proven standby, and nothing else may be under way.
 * @throws Refused, OperationFailed, StillRunning
 */
export const reconcile = async (
  connection: Connection,
  output: Output,
  options: ReconcileOptions,
  { planned, records: before }: Found,
): Promise<Reconciled> => {
  const repaired: Repaired[] = [];
  const records = new Map(before.map((record) => [record.report.store, record]));
  for (const repair of planned) {
    const done = await carryOut(connection, output, repair, options);
    records.set(repair.store, await compareAgain(connection, output, done, options.timeoutMs));
    repaired.push(done);
  }
  return { repaired, records: [...records.values()] };
};

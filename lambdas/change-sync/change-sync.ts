import { executionName } from '../../lib/contract/names';
import type { SyncChange } from '../../lib/contract/payload';
import { MACHINE_OF_OPERATION } from '../../lib/contract/workflows';
import type { OperationRequest } from '../../lib/domain/decision/assess-request';
import { assessRequest } from '../../lib/domain/decision/assess-request';
import { DeadlineExceeded, Refused } from '../../lib/domain/errors';
import type { HoldKind } from '../../lib/domain/protocol/seat';
import { OperationKind, placeOf, Trigger } from '../../lib/domain/protocol/seat';
import { copyZone } from '../../lib/domain/sync/report';
import type { SyncStep } from '../../lib/domain/sync/steps';
import { nextSyncStep } from '../../lib/domain/sync/steps';
import type { Store } from '../../lib/domain/topology';
import { claimOperation } from '../shared/claim';
import { refusalOf } from '../shared/claim-request';
import { freshSnapshot } from '../shared/fresh-evidence';
import type { Ports } from '../shared/ports';
import { readSeat } from '../shared/seat-access';
import type { ParsedRequest } from './parse-request';
import { parseRequest } from './parse-request';

export interface ChangeInput {
  readonly request: unknown;
  readonly execution: string;
  readonly progress?: Partial<SyncChange>;
}

/** One store may take this long; what is not there by then goes on, and the error says what it waited for. */
const STORE_LIMIT_MS = 280_000;
const WAIT_SECONDS = 1;

interface Change {
  readonly ports: Ports;
  readonly request: ParsedRequest;
  readonly execution: string;
  readonly store: Store;
  readonly progress: SyncChange;
}

const opened = async (
  ports: Ports,
  request: ParsedRequest,
  given: Partial<SyncChange>,
): Promise<SyncChange> => ({
  done: 'no',
  waitSeconds: WAIT_SECONDS,
  left: given.left ?? request.stores,
  claimed: given.claimed ?? null,
  sinceMs: given.sinceMs ?? (await ports.store.nowMs()),
  sentence: given.sentence ?? '',
  note: given.note ?? '',
});

type Asked = Pick<OperationRequest, 'kind' | 'hold' | 'anew'>;

/** As a start from the CLI: on fresh evidence, refused alike, but not recorded, as it may pass. Answers its epoch. */
const claimAndStart = async ({ ports, request, execution, store }: Change, asked: Asked): Promise<number> => {
  const snapshot = await freshSnapshot(ports);
  const { reason, requestedBy } = request;
  const to = copyZone(ports.topology, placeOf(snapshot.seat, store).writer);
  const wanted: OperationRequest = { to, mode: 'planned', reason, only: [store], ...asked };
  const decision = assessRequest(snapshot, wanted);
  if (decision.operation === null) throw refusalOf(decision);
  const name = executionName(ports.topology.workload, snapshot.seat.epoch + 1);
  const { epoch } = await claimOperation(ports, {
    ...{ snapshot, decision, trigger: Trigger.human, actor: requestedBy ?? execution, request: wanted },
    execution: name,
    overrideCooldown: false,
    acceptLossSeconds: null,
    reason,
  });
  await ports.workflows.start(MACHINE_OF_OPERATION[decision.operation.kind], name, { epoch });
  return epoch;
};

const degrade = async (change: Change, how: HoldKind): Promise<SyncChange> => {
  const { ports, request, execution, progress } = change;
  const { reason, requestedBy: by = execution } = request;
  const hold = { how, by, reason, sinceMs: await ports.store.nowMs(), request: execution };
  await claimAndStart(change, { kind: OperationKind.degrade, hold });
  return { ...progress, note: 'the seat says that the copy is not eligible' };
};

const rejoin = async (change: Change, anew: boolean): Promise<SyncChange> => {
  const asked = { kind: OperationKind.rejoin, ...(anew ? { anew } : {}) };
  return { ...change.progress, claimed: await claimAndStart(change, asked), note: 'a rejoin was claimed' };
};

/** The mark is gone from here on: the witnesses bring the copy back, if this execution does not. */
const letGo = async ({ ports, store, progress }: Change, heldBy: string): Promise<SyncChange> => {
  await ports.store.apply({ type: 'end-hold', seen: await readSeat(ports), store, request: heldBy });
  return { ...progress, note: 'the mark is gone' };
};

const next = async ({ ports, progress }: Change, sentence: string): Promise<SyncChange> => {
  const left = progress.left.slice(1);
  return {
    ...progress,
    left,
    done: left.length === 0 ? 'yes' : 'no',
    claimed: null,
    sinceMs: await ports.store.nowMs(),
    sentence: [progress.sentence, sentence].filter((part) => part !== '').join('; '),
  };
};

const take = async (change: Change, step: SyncStep): Promise<SyncChange> => {
  switch (step.do) {
    case 'degrade':
      return degrade(change, step.how);
    case 'let-go':
      return letGo(change, step.heldBy);
    case 'rejoin':
      return rejoin(change, step.anew);
    case 'done':
      return next(change, step.sentence);
    case 'fail':
      throw new DeadlineExceeded(step.sentence);
    case 'wait':
      return { ...change.progress, note: step.for };
  }
};

/** Somebody else took the seat between the look and the claim; or the copy is not there yet, and may come. */
const MAY_PASS: readonly string[] = ['busy', 'stale-epoch', 'writer-moved', 'conflict'];
const mayPass = ({ code }: Refused, step: SyncStep): boolean =>
  MAY_PASS.includes(code) || (step.do === 'rejoin' && !step.anew);

const tryStep = async (change: Change, step: SyncStep): Promise<SyncChange> => {
  try {
    return await take(change, step);
  } catch (cause) {
    if (!(cause instanceof Refused) || !mayPass(cause, step)) throw cause;
    return { ...change.progress, note: cause.message };
  }
};

/**
 * One look and one step of what a person asked for; the state machine comes back until it is done. What changes who may
 * acknowledge is the shipped degrade and the shipped rejoin, each claimed here and carried by its own execution.
 * @throws InvalidRequest, Refused; DeadlineExceeded naming what it waited for
 */
export const changeSync = async (input: ChangeInput, ports: Ports): Promise<SyncChange> => {
  const request = parseRequest(input.request, ports.topology);
  const progress = await opened(ports, request, input.progress ?? {});
  const [store] = progress.left;
  if (store === undefined) return { ...progress, done: 'yes' };
  const seat = await readSeat(ports);
  const { operation, lastOutcome } = seat;
  const place = placeOf(seat, store);
  const copy = copyZone(ports.topology, place.writer);
  const facts = { verb: request.do, store, place, copy, operation, lastOutcome, request: input.execution };
  const step = nextSyncStep({ ...facts, claimed: progress.claimed });
  const change = { ports, request, execution: input.execution, store, progress };
  const after = await tryStep(change, step);
  if (
    after.left.length === progress.left.length &&
    (await ports.store.nowMs()) - progress.sinceMs > STORE_LIMIT_MS
  )
    throw new DeadlineExceeded(
      `${request.do} of ${store} is not done after ${STORE_LIMIT_MS / 1000} s: ${after.note}; it goes on, see evac sync status`,
    );
  return after;
};

import { DeadlineExceeded, Unreachable } from '../../lib/domain/errors';
import { ProbeState } from '../../lib/domain/observation';
import type { Operation, Outcome, OutcomeResult, Phase } from '../../lib/domain/protocol/seat';
import type { ZoneId } from '../../lib/domain/topology';
import type { Ports } from './ports';
import { readOperation } from './seat-access';

/** How an operation ended that did not end by itself. */
export interface Settled {
  readonly result: OutcomeResult;
  readonly reason: string;
  readonly epoch: number;
}

/** Each act of settling may take this long, ms: four of them fit into the Lambda's minute. */
export const UNDO_DEADLINE_MS = 5_000;

const lookAt = async (ports: Ports, zone: ZoneId): Promise<ProbeState> =>
  (await ports.postgres.probe(zone, ports.topology.policy.probeTimeoutMs * 4)).state;

export const answers = async (ports: Ports, zone: ZoneId): Promise<boolean> =>
  (await lookAt(ports, zone)) === ProbeState.ok;

/** Not the opposite of `answers`: unknown is neither (I9). */
export const isGone = async (ports: Ports, zone: ZoneId): Promise<boolean> =>
  (await lookAt(ports, zone)) === ProbeState.failed;

/** Of a call: nobody answered it, or not in time. */
export const isSilent = (cause: unknown): boolean =>
  cause instanceof Unreachable || cause instanceof DeadlineExceeded;

/** §3b.1: a new epoch first, so that whatever the dead operation still does late is refused. */
export const takeOver = async (ports: Ports, seen: Operation, phase: Phase): Promise<Operation> => {
  const nowMs = await ports.store.nowMs();
  const seat = await ports.store.apply({ type: 'take-over', seen, phase, nowMs });
  return (await readOperation(ports, seat.epoch)).operation;
};

export interface Release {
  readonly from: readonly Phase[];
  readonly eligible: string | null;
  readonly result: OutcomeResult;
  readonly reason: string;
}

/** Gives the seat back to the writer it was taken from; starts no cooldown (§3b.17). */
export const release = async (ports: Ports, operation: Operation, how: Release): Promise<Settled> => {
  const { epoch, kind, from, to } = operation;
  const { result, reason, eligible } = how;
  const atMs = await ports.store.nowMs();
  const outcome: Outcome = { epoch, kind, result, from, to, reason, atMs };
  await ports.store.apply({ type: 'release', epoch, from: how.from, eligible, writer: from, outcome });
  return { result, reason, epoch };
};

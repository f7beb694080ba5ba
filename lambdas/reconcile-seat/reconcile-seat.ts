import { MACHINE_OF_OPERATION } from '../../lib/contract/workflows';
import { epochAhead } from '../../lib/domain/decision/seat-fault';
import type { Operation } from '../../lib/domain/protocol/seat';
import type { ZoneId } from '../../lib/domain/topology';
import type { Ports } from '../shared/ports';
import { readSeat } from '../shared/seat-access';
import type { Settled } from '../shared/settled';
import { settle } from '../shared/settle';
import { stuckAfterMs } from '../shared/stuck';
import type { Followed } from './follow-traffic';
import { followTraffic } from './follow-traffic';
import type { Reseated } from './reseat';
import { reseat } from './reseat';

export type Reconciled = Reseated | Followed | { readonly action: 'settled'; readonly settled: Settled };

const stuckForMs = (operation: Operation, nowMs: number): number => nowMs - operation.progressAtMs;

/** Why it is called; all else that a caller says is for the log. */
export interface ReconcileInput {
  /** A person has restored the table: an engine was seen at this epoch, which is newer than the seat's. */
  readonly behind?: number | undefined;
  /** With `behind`: a person's word for who writes, when a data zone is down for good. */
  readonly writer?: ZoneId | undefined;
  /** A person wants the traffic, which a guard left in another zone, with the writer again. */
  readonly traffic?: 'to-writer' | undefined;
}

/**
 * Nothing is left half done with nobody looking: called when an execution died (EventBridge rule) and by witnesses
 * that see no journal progress within the step's deadline (§3b.11).
 */
export const reconcileSeat = async (
  ports: Ports,
  { behind, writer, traffic }: ReconcileInput = {},
): Promise<Reconciled> => {
  if (behind !== undefined) return reseat(ports, writer);
  if (traffic !== undefined) return followTraffic(ports);
  const seat = await readSeat(ports);
  const { operation } = seat;
  if (operation === null) return { action: 'none', why: 'nothing holds the seat' };
  // A restored seat's operation is of the past: settling it would act on the past's writer.
  const ahead = epochAhead(seat, await ports.store.readObservations());
  if (ahead !== undefined)
    return {
      action: 'none',
      why: `the seat is at epoch ${seat.epoch}, and ${ahead.store} in ${ahead.zone} at ${ahead.epoch}: it was restored; see the runbook`,
    };
  const machine = MACHINE_OF_OPERATION[operation.kind];
  const { status } = await ports.workflows.describe(machine, operation.execution);
  const nowMs = await ports.store.nowMs();
  const stuckMs = stuckForMs(operation, nowMs);
  const limitMs = stuckAfterMs(operation, ports.topology.policy);
  // `unknown`: claimed, and not started yet; that is the stream handler's work until the deadline has passed.
  if (status !== 'failed' && stuckMs < limitMs)
    return {
      action: 'none',
      why: `execution ${operation.execution} is ${status} and moved ${stuckMs} ms ago`,
    };
  const why = `execution ${operation.execution} is ${status}, last progress ${stuckMs} ms ago (limit ${limitMs} ms)`;
  await ports.workflows.stop(machine, operation.execution, why);
  return { action: 'settled', settled: await settle(ports, operation.epoch, why) };
};

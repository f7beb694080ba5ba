import { executionName } from '../../lib/contract/names';
import { MACHINE_OF_OPERATION } from '../../lib/contract/workflows';
import type { Decision } from '../../lib/domain/decision/decision';
import { DecisionKind } from '../../lib/domain/decision/decision';
import type { Snapshot } from '../../lib/domain/decision/snapshot';
import { triggerFor } from '../../lib/domain/decision/trigger';
import { Refused } from '../../lib/domain/errors';
import { Trigger } from '../../lib/domain/protocol/seat';
import { claimOperation, recordHeld } from '../shared/claim';
import type { Ports } from '../shared/ports';

/** What was decided last, so that history keeps changes and not ten lines a second. */
export interface DecisionMemory {
  last: string;
}

interface Decided {
  readonly snapshot: Snapshot;
  readonly decision: Decision;
}

const gist = (decision: Decision): string =>
  [
    decision.kind,
    decision.scenario,
    decision.seatEpoch,
    ...decision.reasons.map((reason) => reason.code),
  ].join(' ');

const triggerOf = ({ seat, nowMs }: Snapshot, { operation }: Decision): Trigger =>
  operation === null ? Trigger.witness : triggerFor(seat, operation.from, nowMs);

const remember = async (
  ports: Ports,
  memory: DecisionMemory,
  { snapshot, decision }: Decided,
  refused?: Refused,
): Promise<void> => {
  const news = [gist(decision), ...(refused === undefined ? [] : ['refused', refused.code])].join(' ');
  if (news === memory.last) return;
  memory.last = news;
  ports.log.info('decision', { kind: decision.kind, scenario: decision.scenario, reasons: decision.reasons });
  await recordHeld(ports, { snapshot, decision, trigger: triggerOf(snapshot, decision) }, refused);
};

const claimAndStart = async (ports: Ports, { snapshot, decision }: Decided): Promise<void> => {
  const { operation } = decision;
  if (operation === null) return;
  const execution = executionName(ports.topology.workload, snapshot.seat.epoch + 1);
  const seat = await claimOperation(ports, {
    snapshot,
    decision,
    trigger: triggerOf(snapshot, decision),
    execution,
    overrideCooldown: false,
    acceptLossSeconds: null,
    reason: decision.reasons[0]?.sentence ?? decision.scenario,
  });
  ports.log.info('claimed', { epoch: seat.epoch, operation, scenario: decision.scenario });
  await ports.workflows.start(MACHINE_OF_OPERATION[operation.kind], execution, { epoch: seat.epoch });
};

/** Claims and starts what was decided; losing the claim to somebody else is the normal case, not an error. */
export const actOnDecision = async (
  ports: Ports,
  memory: DecisionMemory,
  snapshot: Snapshot,
  decision: Decision,
): Promise<void> => {
  const acts = decision.kind === DecisionKind.failover || decision.kind === DecisionKind.act;
  if (!acts) return remember(ports, memory, { snapshot, decision });
  try {
    await claimAndStart(ports, { snapshot, decision });
  } catch (cause) {
    if (!(cause instanceof Refused)) throw cause;
    await remember(ports, memory, { snapshot, decision }, cause);
    ports.log.info('claim refused', { code: cause.code, why: cause.message });
  }
};

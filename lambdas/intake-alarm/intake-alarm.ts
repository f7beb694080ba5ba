import { executionName } from '../../lib/contract/names';
import { MACHINE_OF_OPERATION } from '../../lib/contract/workflows';
import { decide } from '../../lib/domain/decision/decide';
import type { Decision } from '../../lib/domain/decision/decision';
import { DecisionKind } from '../../lib/domain/decision/decision';
import { Refused } from '../../lib/domain/errors';
import { Trigger } from '../../lib/domain/protocol/seat';
import type { Snapshot } from '../../lib/domain/decision/snapshot';
import { triggerFor } from '../../lib/domain/decision/trigger';
import { claimOperation, recordHeld } from '../shared/claim';
import { freshSnapshot } from '../shared/fresh-evidence';
import type { Ports } from '../shared/ports';

export interface IntakeResult {
  readonly started: string | null;
  readonly decision: Decision['kind'];
  readonly reasons: readonly string[];
}

interface SnsMessages {
  readonly Records: readonly { readonly Sns: { readonly Message: string } }[];
}

/** I11: what a drill provoked is the drill's, whoever noticed it. */
const triggerOf = ({ seat, nowMs }: Snapshot, { operation }: Decision): Trigger =>
  operation !== null && triggerFor(seat, operation.from, nowMs) === Trigger.drill
    ? Trigger.drill
    : Trigger.alarm;

/**
 * An alarm is a second opinion, not a verdict: it only makes every witness look afresh, and the same decision as ever
 * is taken on what they saw. Works while the witnesses' schedules are off.
 */
export const intakeAlarm = async (alarm: string, ports: Ports): Promise<IntakeResult> => {
  // Alarms on missing data fire while a deployment starts; without a seat there is nothing to protect yet.
  if ((await ports.store.readSeat()) === null)
    return { started: null, decision: DecisionKind.none, reasons: ['there is no seat yet'] };
  const snapshot = await freshSnapshot(ports);
  const decision = decide(snapshot);
  const reasons = decision.reasons.map((reason) => reason.sentence);
  const { operation } = decision;
  const taken = { snapshot, decision, trigger: triggerOf(snapshot, decision), actor: `alarm ${alarm}` };
  const acts = decision.kind === DecisionKind.failover || decision.kind === DecisionKind.act;
  if (!acts || operation === null) {
    await recordHeld(ports, taken);
    return { started: null, decision: decision.kind, reasons };
  }
  const execution = executionName(ports.topology.workload, snapshot.seat.epoch + 1);
  try {
    const seat = await claimOperation(ports, {
      ...taken,
      execution,
      overrideCooldown: false,
      acceptLossSeconds: null,
      reason: `alarm ${alarm}: ${reasons[0] ?? decision.scenario}`,
    });
    await ports.workflows.start(MACHINE_OF_OPERATION[operation.kind], execution, { epoch: seat.epoch });
    return { started: execution, decision: decision.kind, reasons };
  } catch (cause) {
    if (!(cause instanceof Refused)) throw cause;
    await recordHeld(ports, taken, cause);
    return { started: null, decision: DecisionKind.refuse, reasons: [...reasons, cause.message] };
  }
};

/** CloudWatch puts JSON into the SNS message; a person who publishes plain text is an alarm too. */
export const alarmNameOf = (event: SnsMessages): string => {
  const message = event.Records[0]?.Sns.Message ?? '';
  try {
    const body = JSON.parse(message) as { readonly AlarmName?: unknown } | null;
    return String(body?.AlarmName ?? 'without a name');
  } catch {
    return message.slice(0, 80) || 'without a name';
  }
};

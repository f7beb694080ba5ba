import type { OperationRequest } from '../domain/decision/assess-request';
import type { Decision } from '../domain/decision/decision';
import { explainReason } from '../domain/decision/explain';
import { heldRecord } from '../domain/decision/record';
import type { Snapshot } from '../domain/decision/snapshot';
import { Refused } from '../domain/errors';
import { Trigger } from '../domain/protocol/seat';
import type { Connection } from './connection';
import type { Output } from './output';

interface RefusedRequest {
  readonly snapshot: Snapshot;
  readonly decision: Decision;
  readonly request: OperationRequest & { readonly requestedBy?: string };
}

/** Kept like a claim: who asked, on what evidence, under which policy. Not being able to keep it hides no refusal. */
export const keepRefusal = async (
  connection: Connection,
  output: Output,
  { snapshot, decision, request }: RefusedRequest,
): Promise<void> => {
  const actor = request.requestedBy ?? 'evac';
  const record = heldRecord(snapshot, decision, { trigger: Trigger.human, actor, request });
  await connection.store
    .recordDecision(record)
    .catch((cause: unknown) => output.note(`this refusal could not be put on record: ${String(cause)}`));
};

/** @throws Refused always: with the first reason's code, and all of them in words */
export const refuse = (decision: Decision): never => {
  const [first] = decision.reasons;
  throw new Refused(
    first?.code ?? 'refused',
    decision.reasons.map(explainReason).join('\n'),
    first?.numbers ?? {},
  );
};

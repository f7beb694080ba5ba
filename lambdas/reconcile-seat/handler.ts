import { lambdaHandler } from '../shared/handler';
import type { ReconcileInput } from './reconcile-seat';
import { reconcileSeat } from './reconcile-seat';

/** An event of EventBridge, a witness's call, or a person's: what it does not have is not asked for. */
export const handler = lambdaHandler((input: ReconcileInput | null, ports) =>
  reconcileSeat(ports, { behind: input?.behind, writer: input?.writer, traffic: input?.traffic }),
);

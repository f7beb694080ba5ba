import { lambdaHandler } from '../shared/handler';
import type { ReconcileInput } from './reconcile-seat';
import { reconcileSeat } from './reconcile-seat';

/** An event of EventBridge or a witness's call: what neither has is not asked for. */
export const handler = lambdaHandler(({ behind, writer }: ReconcileInput, ports) =>
  reconcileSeat(ports, { behind, writer }),
);

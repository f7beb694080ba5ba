import type { MACHINES, MachineName, TriggerName } from '../../contract/workflows';
import { STEP_FUNCTIONS, TRIGGERS } from '../../contract/workflows';

type StepsOf<M extends MachineName> = (typeof MACHINES)[M][keyof (typeof MACHINES)[M]];
/** A step's Lambda folder; a machine may use several, and several machines one. */
export type StepName = { [M in MachineName]: StepsOf<M> }[MachineName];
/** Every folder under `lambdas/` that the stack deploys. */
export type HandlerName = StepName | TriggerName;

export const STEP_NAMES = STEP_FUNCTIONS as readonly StepName[];
export const HANDLER_NAMES: readonly HandlerName[] = [...STEP_NAMES, ...TRIGGERS];

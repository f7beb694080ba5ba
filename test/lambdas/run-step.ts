import { toRef } from '../../lambdas/shared/adopt';
import type { Detail, StepDefinition } from '../../lambdas/shared/step';
import { runStep } from '../../lambdas/shared/step';
import type { World } from './ports';
import { operationAt } from './ports';

/** One delivery of a step for the operation of epoch 8. */
export const deliver = (step: StepDefinition, world: World): Promise<Detail> =>
  runStep(step, { operation: toRef(operationAt(8)) }, world.ports);

export const phaseOf = async (world: World): Promise<string | undefined> =>
  (await world.seatNow()).operation?.phase;

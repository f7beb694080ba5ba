import { lambdaHandler } from '../shared/handler';
import type { StepInput } from '../shared/step';
import { runStep } from '../shared/step';
import { warmStores } from '../shared/warm';
import { switchObjects } from './switch-objects';

export const handler = lambdaHandler(
  (input: StepInput, ports) => runStep(switchObjects, input, ports),
  warmStores,
);

import { lambdaHandler } from '../shared/handler';
import type { StepInput } from '../shared/step';
import { runStep } from '../shared/step';
import { warmStores } from '../shared/warm';
import { checkResources } from './check-resources';

export const handler = lambdaHandler(
  (input: StepInput, ports) => runStep(checkResources, input, ports),
  warmStores,
);

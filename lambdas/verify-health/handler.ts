import { lambdaHandler } from '../shared/handler';
import type { StepInput } from '../shared/step';
import { runStep } from '../shared/step';
import { warmStores } from '../shared/warm';
import { verifyHealth } from './verify-health';

export const handler = lambdaHandler(
  (input: StepInput, ports) => runStep(verifyHealth, input, ports),
  warmStores,
);

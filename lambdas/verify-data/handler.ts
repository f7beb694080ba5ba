import { lambdaHandler } from '../shared/handler';
import type { StepInput } from '../shared/step';
import { runStep } from '../shared/step';
import { warmStores } from '../shared/warm';
import { verifyData } from './verify-data';

export const handler = lambdaHandler(
  (input: StepInput, ports) => runStep(verifyData, input, ports),
  warmStores,
);

import { lambdaHandler } from '../shared/handler';
import type { StepInput } from '../shared/step';
import { runStep } from '../shared/step';
import { warmStores } from '../shared/warm';
import { waitForSync } from './wait-for-sync';

export const handler = lambdaHandler(
  (input: StepInput, ports) => runStep(waitForSync, input, ports),
  warmStores,
);

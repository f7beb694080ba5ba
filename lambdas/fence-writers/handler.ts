import { lambdaHandler } from '../shared/handler';
import type { StepInput } from '../shared/step';
import { runStep } from '../shared/step';
import { warmStores } from '../shared/warm';
import { fenceWriters } from './fence-writers';

export const handler = lambdaHandler(
  (input: StepInput, ports) => runStep(fenceWriters, input, ports),
  warmStores,
);

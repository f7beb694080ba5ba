import { lambdaHandler } from '../shared/handler';
import type { StepInput } from '../shared/step';
import { runStep } from '../shared/step';
import { warmStores } from '../shared/warm';
import { admitWrites } from './admit-writes';

export const handler = lambdaHandler(
  (input: StepInput, ports) => runStep(admitWrites, input, ports),
  warmStores,
);

import { lambdaHandler } from '../shared/handler';
import type { StepInput } from '../shared/step';
import { runStep } from '../shared/step';
import { warmStores } from '../shared/warm';
import { switchPostgres } from './switch-postgres';

export const handler = lambdaHandler(
  (input: StepInput, ports) => runStep(switchPostgres, input, ports),
  warmStores,
);

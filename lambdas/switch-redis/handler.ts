import { lambdaHandler } from '../shared/handler';
import type { StepInput } from '../shared/step';
import { runStep } from '../shared/step';
import { warmStores } from '../shared/warm';
import { switchRedis } from './switch-redis';

export const handler = lambdaHandler(
  (input: StepInput, ports) => runStep(switchRedis, input, ports),
  warmStores,
);

import { lambdaHandler } from '../shared/handler';
import type { StepInput } from '../shared/step';
import { runStep } from '../shared/step';
import { warmStores } from '../shared/warm';
import { switchKafka } from './switch-kafka';

export const handler = lambdaHandler(
  (input: StepInput, ports) => runStep(switchKafka, input, ports),
  warmStores,
);

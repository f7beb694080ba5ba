import { lambdaHandler } from '../shared/handler';
import type { StepInput } from '../shared/step';
import { runStep } from '../shared/step';
import { warmStoresAndTraffic } from '../shared/warm';
import { verifyService } from './verify-service';

export const handler = lambdaHandler(
  (input: StepInput, ports) => runStep(verifyService, input, ports),
  warmStoresAndTraffic,
);

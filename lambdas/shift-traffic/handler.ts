import { lambdaHandler } from '../shared/handler';
import type { StepInput } from '../shared/step';
import { runStep } from '../shared/step';
import { warmTraffic } from '../shared/warm';
import { shiftTraffic } from './shift-traffic';

export const handler = lambdaHandler(
  (input: StepInput, ports) => runStep(shiftTraffic, input, ports),
  warmTraffic,
);

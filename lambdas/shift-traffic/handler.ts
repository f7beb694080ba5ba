import { lambdaHandler } from '../shared/handler';
import { runStep } from '../shared/step';
import { warmTraffic } from '../shared/warm';
import type { ShiftInput } from './shift-traffic';
import { shiftTraffic } from './shift-traffic';

export const handler = lambdaHandler(
  (input: ShiftInput, ports) => runStep(shiftTraffic(input), input, ports),
  warmTraffic,
);

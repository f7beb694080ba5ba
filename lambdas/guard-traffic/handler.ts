import { lambdaHandler } from '../shared/handler';
import { runStep } from '../shared/step';
import { warmApis } from '../shared/warm';
import type { GuardInput } from './guard-traffic';
import { guardTraffic } from './guard-traffic';

export const handler = lambdaHandler(
  (input: GuardInput, ports) => runStep(guardTraffic(input), input, ports),
  warmApis,
);

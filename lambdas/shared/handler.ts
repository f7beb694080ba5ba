import middy from '@middy/core';
import { createPorts } from './dependencies';
import { errorNames } from './error-names';
import { keepWarmPing } from './keep-warm-ping';
import type { Ports } from './ports';
import type { Warm } from './warm';
import { warmState } from './warm';

/** Everything a Lambda of Evac is: its logic, the ports made once at cold start, the keep-warm ping answered early. */
export const lambdaHandler = <Input, Output>(
  logic: (input: Input, ports: Ports) => Promise<Output>,
  warm: Warm = warmState,
) => {
  const ports = createPorts();
  return middy<Input, Output>()
    .use(keepWarmPing(() => warm(ports), ports.log))
    .use(errorNames(ports.log))
    .handler((input: Input) => logic(input, ports));
};

import { WARM_UP_EVENT } from '../../lib/contract/payload';
import { STEP_FUNCTIONS } from '../../lib/contract/workflows';
import type { Ports } from '../shared/ports';

const PING_TIMEOUT_MS = 10_000;
/** Few at a time: twenty at once would be a burst upon the stores that each of them looks at. */
const LANES = 3;

/**
 * A failover must not pay a dozen cold starts: every step's Lambda is pinged, and ends the ping before it reads or
 * changes anything. What does not answer is named; the alarm on this function's errors then speaks up.
 */
export const keepWarm = async (
  ports: Pick<Ports, 'functions' | 'log'>,
): Promise<{ readonly cold: readonly string[] }> => {
  const waiting = [...STEP_FUNCTIONS];
  const cold: string[] = [];
  const lane = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift())
      if (!(await ports.functions.ping(name, WARM_UP_EVENT, PING_TIMEOUT_MS))) cold.push(name);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  ports.log.info('kept warm', { warm: STEP_FUNCTIONS.length - cold.length, cold });
  return { cold };
};

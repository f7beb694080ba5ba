import { WARM_UP_EVENT } from '../../lib/contract/payload';
import { STEP_FUNCTIONS } from '../../lib/contract/workflows';
import type { Ports } from '../shared/ports';

const PING_TIMEOUT_MS = 10_000;

/**
 * A failover must not pay a dozen cold starts: every step's Lambda is pinged, and ends the ping before it reads or
 * changes anything. What does not answer is named; the alarm on this function's errors then speaks up.
 */
export const keepWarm = async (
  ports: Pick<Ports, 'functions' | 'log'>,
): Promise<{ readonly cold: readonly string[] }> => {
  const answers = await Promise.all(
    STEP_FUNCTIONS.map(async (name) => ({
      name,
      warm: await ports.functions.ping(name, WARM_UP_EVENT, PING_TIMEOUT_MS),
    })),
  );
  const cold = answers.filter((answer) => !answer.warm).map((answer) => answer.name);
  ports.log.info('kept warm', { warm: answers.length - cold.length, cold });
  return { cold };
};

import { Unreachable } from '../../lib/domain/errors';
import type { Ports } from './ports';

export interface LoopPace {
  readonly endMs: number;
  readonly everyMs: number;
}

/** A state store that does not answer costs one turn, never the loop. */
const guarded = async (ports: Pick<Ports, 'log'>, turn: () => Promise<boolean>): Promise<boolean> => {
  try {
    return await turn();
  } catch (cause) {
    if (!(cause instanceof Unreachable)) throw cause;
    ports.log.warn('a turn is lost: the state store did not answer', { cause: cause.message });
    return true;
  }
};

/** Turns at a steady pace until one says that there is no need for another, or the time is over. */
export const runTurns = async (
  ports: Pick<Ports, 'clock' | 'log'>,
  { endMs, everyMs }: LoopPace,
  turn: () => Promise<boolean>,
): Promise<void> => {
  const { clock } = ports;
  while (clock.monotonicMs() < endMs) {
    const startMs = clock.monotonicMs();
    if (!(await guarded(ports, turn))) return;
    const restMs = everyMs - (clock.monotonicMs() - startMs);
    if (restMs > 0) await clock.sleep(restMs);
  }
};

import { DeadlineExceeded, EvacError } from '../../../domain/errors';
import type { Deadline } from '../../deadline';
import { pollUntil } from '../../deadline';

/** One attempt must not wait for a frozen broker as long as an election takes, ms. */
const attemptMs = 400;

/**
 * Looks until `look` answers something else than null. A cluster that is electing answers with passing errors: tried again
 * with fresh sessions.
 * @throws DeadlineExceeded with what the last answer was; whatever does not pass.
 */
export async function untilSettled<T>(
  deadline: Deadline,
  what: string,
  look: (attempt: Deadline) => Promise<T | null>,
): Promise<T> {
  const seen: { last: EvacError | null } = { last: null };
  const attempt = async (): Promise<T | null> => {
    try {
      const found = await look(deadline.atMost(attemptMs));
      seen.last = null;
      return found;
    } catch (error) {
      if (!(error instanceof EvacError) || !error.retryable) throw error;
      // The last attempt has little time left: what one before it was told says more than its silence.
      if (!(error instanceof DeadlineExceeded) || seen.last === null) seen.last = error;
      return null;
    }
  };
  try {
    return await pollUntil(deadline, { what, everyMs: 10 }, attempt);
  } catch (error) {
    if (!(error instanceof DeadlineExceeded) || seen.last === null) throw error;
    throw new DeadlineExceeded(`${error.message}; at last: ${seen.last.message}`, { cause: seen.last });
  }
}

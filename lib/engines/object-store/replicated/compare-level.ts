import { Side } from '../../../domain/copier/cursor';
import type { Reading } from '../../../domain/consistency/reading';
import type { CopyPair } from '../../../ports/consistency';
import type { Deadline } from '../../deadline';
import { pollUntil } from '../../deadline';
import type { ZoneStores } from './zone-stores';

const everyMs = 20;

/**
 * Waits until the copier has said that all which was there when this was called has been copied. Nothing is written for it: what
 * the copier says came after this reader's last look at what it said before, by this reader's own clock.
 * @throws DeadlineExceeded, Unreachable
 */
export async function awaitLevel(
  stores: ZoneStores,
  { writer, copy }: CopyPair,
  deadline: Deadline,
): Promise<Reading<true>> {
  const calledMs = performance.now();
  const { cursor } = stores.at(copy);
  let sweepsSaid: number | null = null;
  let saidAtMs = -Infinity;
  const what = `the copier to bring to ${copy} all that ${writer} had`;
  return pollUntil(deadline, { what, everyMs }, async (): Promise<Reading<true> | null> => {
    const lookMs = performance.now();
    const { side, writer: followed, progress } = (await cursor.read(deadline)).cursor;
    if (side !== Side.standby || followed !== writer)
      return { state: 'unknown', words: `the store in ${copy} does not follow ${writer}` };
    // Only a whole sweep says how old its level is; other writes to the cursor carry an older one's words on.
    const isNew = sweepsSaid !== null && progress.sweeps !== sweepsSaid;
    const levelMs = isNew && progress.levelAgeMs !== null ? saidAtMs - progress.levelAgeMs : -Infinity;
    sweepsSaid = progress.sweeps;
    saidAtMs = lookMs;
    return levelMs >= calledMs ? { state: 'read', value: true } : null;
  });
}

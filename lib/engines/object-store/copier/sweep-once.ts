import type { CopierTerm, Cursor } from '../../../domain/copier/cursor';
import { Side } from '../../../domain/copier/cursor';
import { Refused } from '../../../domain/errors';
import { deliverBeacon, readBeaconCopy } from './beacon-copy';
import type { CopierWork } from './copier-work';
import { deliverDue } from './deliver';
import { readHistories } from './histories';
import { reportOf } from './level';
import { findMissing, settleDeleted, withdrawStrays } from './sweep';

/** @throws Refused `not-a-writer`: a store that follows another one is never copied from. */
async function readSource({ options, deadlineOf }: CopierWork): Promise<Cursor> {
  const { cursor } = await options.source.cursor.read(deadlineOf());
  if (cursor.side === Side.writer) return cursor;
  const { zone, writer } = cursor;
  throw new Refused('not-a-writer', `${zone} follows ${writer}: nothing is copied from it`, { zone, writer });
}

/** No store takes a request that was signed longer ago. */
const SIGNATURES_LAST_MS = 15 * 60_000;

/**
 * Once through the source's list, from `from` to its end, batches leaving as they are due. Answers how long the batch that
 * is not full yet waits; null: there is none.
 */
export async function sweepOnce(
  work: CopierWork,
  term: CopierTerm,
  from: string | null,
): Promise<number | null> {
  const { options, memory, level, counts, deadlineOf, stopping } = work;
  const { source, target, log } = options;
  counts.sweep += 1;
  counts.isWhole = from === null;
  const startedMs = performance.now();
  const [{ mark }, beacon] = await Promise.all([readSource(work), readBeaconCopy(work)]);
  counts.isDraining = mark !== null && mark !== level.at()?.mark;
  const { sweep, hasMetAll } = counts;
  const context = { source, target, term, memory, sweep, hasMetAll, deadlineOf, log };
  for await (const page of readHistories(source, from, deadlineOf)) {
    await findMissing(context, page);
    await settleDeleted(context, page, options.settleAfterMs ?? SIGNATURES_LAST_MS);
    await deliverDue(work, term, page.at(-1)?.[0]?.key ?? null);
    if (stopping.signal.aborted) return 0;
  }
  if (counts.isWhole && counts.wholeSweeps === 0) await withdrawStrays(context);
  if (counts.isWhole) {
    counts.wholeSweeps += 1;
    counts.hasMetAll = true;
    level.sweepEnded({ sweep: counts.sweep, startedMs, mark, beacon });
  }
  const forMs = await deliverDue(work, term, null);
  level.judge(memory.waiting());
  await deliverBeacon(work, term);
  const report = reportOf(level, memory.waiting(), { sweepKey: null, sweeps: counts.wholeSweeps });
  await target.report(term, report, deadlineOf());
  return forMs;
}

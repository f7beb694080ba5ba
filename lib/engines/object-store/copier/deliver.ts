import type { Pending } from '../../../domain/copier/batch';
import { decideBatch } from '../../../domain/copier/batch';
import type { CopierTerm } from '../../../domain/copier/cursor';
import { lagOf } from '../../../domain/copier/lag';
import { EvacError } from '../../../domain/errors';
import type { CopierWork } from './copier-work';
import type { Copy, CopyOutcome } from './copy-target';
import { reportOf } from './level';
import { readCopy } from './read-copy';
import { mapAtMost } from '../side-by-side';

const READ_AT_ONCE = 8;

interface Sent {
  readonly each: Pending;
  readonly copy: Copy;
}

interface Unread {
  readonly each: Pending;
  readonly error: EvacError;
}

/** Null: the version is not there any more. */
async function readOne(work: CopierWork, each: Pending): Promise<Sent | Unread | null> {
  const { options, memory, deadlineOf } = work;
  const after = memory.stateOf(each.version.key)?.held?.etag ?? null;
  try {
    const copy = await readCopy(options.source.bucket, each.version, after, deadlineOf());
    return copy === null ? null : { each, copy };
  } catch (error) {
    if (!(error instanceof EvacError)) throw error;
    return { each, error };
  }
}

/**
 * With their bytes. A source that gives out nothing ends the batch; one object that it cannot give out is told of, what comes
 * after it of its key waits, and the others go.
 */
async function readBatch(work: CopierWork, batch: readonly Pending[]): Promise<readonly Sent[]> {
  const read = await mapAtMost(READ_AT_ONCE, batch, (each) => readOne(work, each));
  const unread = read.filter((one): one is Unread => one !== null && 'error' in one);
  const [first] = unread;
  if (first !== undefined && unread.length === batch.length && first.error.retryable) throw first.error;
  for (const { each, error } of unread) {
    work.options.log('unreadable', { key: each.version.key, why: error.message });
    work.forget(each.version.key);
  }
  const unreadKeys = unread.map(({ each }) => each.version.key);
  return read.filter(
    (one): one is Sent => one !== null && 'copy' in one && !unreadKeys.includes(one.each.version.key),
  );
}

function note({ options, memory, forget }: CopierWork, { each, copy }: Sent, outcome: CopyOutcome): void {
  const { key, localId } = each.version;
  if ('why' in outcome) options.log(outcome.kind, { key, why: outcome.why });
  if (outcome.kind !== 'copied') return forget(key);
  const { identity, kind, atMs } = copy.version;
  memory.setHeld(key, { identity, kind, etag: outcome.etag, sourceAtMs: atMs }, localId);
}

async function deliverBatch(
  work: CopierWork,
  term: CopierTerm,
  batch: readonly Pending[],
  sweepKey: string | null,
): Promise<void> {
  const { options, memory, level, counts, deadlineOf } = work;
  const sent = await readBatch(work, batch);
  const report = reportOf(level, memory.waiting(), { sweepKey, sweeps: counts.wholeSweeps });
  const copies = sent.map(({ copy }) => copy);
  const outcomes = await options.target.deliver(term, { copies, report }, deadlineOf());
  memory.remove(batch);
  sent.forEach((one, index) => note(work, one, outcomes[index] ?? { kind: 'held-back' }));
  const arrived = sent.filter((_, index) => outcomes[index]?.kind === 'copied');
  options.onCopied?.(arrived.map(({ each }) => lagOf(each.version, Date.now())));
  level.judge(memory.waiting());
}

/**
 * Batches back to back while one is due. Answers how long the next one waits for company, null: nothing waits.
 * `sweepKey`: how far the sweep under way is.
 */
export async function deliverDue(
  work: CopierWork,
  term: CopierTerm,
  sweepKey: string | null,
): Promise<number | null> {
  const { options, memory, counts, stopping, forget } = work;
  for (;;) {
    const now = { monotonicMs: performance.now(), isDraining: counts.isDraining };
    const decision = decideBatch(memory.waiting(), options.rule, now);
    if (decision.kind === 'wait') return decision.forMs;
    if (stopping.signal.aborted) return 0;
    try {
      await deliverBatch(work, term, decision.batch, sweepKey);
    } catch (error) {
      // Some may have got in: those keys are asked for again.
      for (const { version } of decision.batch) forget(version.key);
      throw error;
    }
  }
}

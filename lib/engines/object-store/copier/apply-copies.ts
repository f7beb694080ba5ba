import type { CopierTerm } from '../../../domain/copier/cursor';
import { ownPrefix, VersionKind } from '../../../domain/copier/version';
import { EvacError } from '../../../domain/errors';
import type { Deadline } from '../../deadline';
import type { Bucket } from '../bucket';
import { sha256Of } from '../bucket';
import { metadataOf } from '../held';
import { dropOlder } from '../own-keys';
import type { Copy, CopyOutcome } from './copy-target';
import { forEachAtMost } from '../side-by-side';

/** One zone's own store takes this many at once. */
const AT_ONCE = 8;

/** Unlike any other, so that no condition takes one for another. */
const tombstoneOf = ({ version: { identity } }: Copy): Buffer =>
  Buffer.from(JSON.stringify({ evac: 'deleted', ...identity }));

/** What the store says that it keeps; one that says nothing is read. */
async function keptSha256(
  bucket: Bucket,
  at: { readonly key: string; readonly versionId: string; readonly said: string | null },
  deadline: Deadline,
): Promise<string> {
  if (at.said !== null) return at.said;
  const back = await bucket.get(at.key, deadline, at.versionId);
  return back === null ? 'nothing' : sha256Of(back.body);
}

async function applyOne(
  bucket: Bucket,
  term: CopierTerm,
  { copy, after }: { readonly copy: Copy; readonly after: string | null },
  deadline: Deadline,
): Promise<CopyOutcome> {
  const { version, attributes } = copy;
  const { key, identity, kind, atMs } = version;
  if (sha256Of(copy.body) !== copy.sha256)
    return { kind: 'corrupt', why: `${key} arrived with other bytes than were read` };
  const body = kind === VersionKind.delete ? tombstoneOf(copy) : copy.body;
  const metadata = { ...copy.metadata, ...metadataOf({ identity, kind, atMs, epoch: term.epoch }) };
  const put = await bucket.put(key, body, { metadata, attributes, ifMatch: after ?? '' }, deadline);
  if (put === null) return { kind: 'changed' };
  const kept = await keptSha256(bucket, { key, versionId: put.versionId, said: put.sha256 }, deadline);
  if (kept !== sha256Of(body)) {
    // Left there it would pass for the copy that it is not.
    await bucket.remove(key, deadline, put.versionId);
    return { kind: 'corrupt', why: `${key} was stored with other bytes than were sent` };
  }
  if (key.startsWith(ownPrefix)) await dropOlder(bucket, key, deadline);
  return { kind: 'copied', etag: put.etag };
}

/** An error that is about this one object keeps back this key and no other. */
async function applySafely(
  ...[bucket, term, what, deadline]: Parameters<typeof applyOne>
): Promise<CopyOutcome> {
  try {
    return await applyOne(bucket, term, what, deadline);
  } catch (error) {
    if (!(error instanceof EvacError) || error.retryable) throw error;
    return { kind: 'refused', why: error.message };
  }
}

/** One key's versions one after another: what did not get in keeps back what comes after it. */
async function applyKey(
  bucket: Bucket,
  term: CopierTerm,
  copies: readonly Copy[],
  deadline: Deadline,
): Promise<readonly CopyOutcome[]> {
  const outcomes: CopyOutcome[] = [];
  let after = copies[0]?.after ?? null;
  for (const copy of copies) {
    const isOpen = outcomes.every(({ kind }) => kind === 'copied');
    const outcome: CopyOutcome = isOpen
      ? await applySafely(bucket, term, { copy, after }, deadline)
      : { kind: 'held-back' };
    outcomes.push(outcome);
    if (outcome.kind === 'copied') after = outcome.etag;
  }
  return outcomes;
}

/** The outcomes in the order of `copies`; keys side by side. */
export async function applyCopies(
  bucket: Bucket,
  term: CopierTerm,
  copies: readonly Copy[],
  deadline: Deadline,
): Promise<readonly CopyOutcome[]> {
  const outcomes = new Map<Copy, CopyOutcome>();
  const keys = [...new Set(copies.map(({ version }) => version.key))];
  await forEachAtMost(AT_ONCE, keys, async (key) => {
    const group = copies.filter(({ version }) => version.key === key);
    const ended = await applyKey(bucket, term, group, deadline);
    group.forEach((copy, index) => outcomes.set(copy, ended[index] ?? { kind: 'held-back' }));
  });
  return copies.map((copy) => outcomes.get(copy) ?? { kind: 'held-back' });
}

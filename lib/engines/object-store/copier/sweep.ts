import { afterQuarantine, followingOf } from '../../../domain/copier/following';
import type { CopierTerm } from '../../../domain/copier/cursor';
import type { Held, Version } from '../../../domain/copier/version';
import { isSame, ownPrefix } from '../../../domain/copier/version';
import type { ZoneId } from '../../../domain/topology';
import type { Deadline } from '../../deadline';
import type { Bucket } from '../bucket';
import type { CopierMemory } from './copier-memory';
import type { CopyTarget } from './copy-target';
import type { History } from './histories';
import { withIdentities } from './histories';
import { deletion } from './read-copy';

export interface SweepContext {
  readonly source: { readonly bucket: Bucket; readonly zone: ZoneId };
  readonly target: CopyTarget;
  readonly term: CopierTerm;
  readonly memory: CopierMemory;
  readonly sweep: number;
  /**
   * This process has been through everything once in this direction: a key that comes up now is new, and the target has none
   * of it. If it had, the put's condition would say so, and it would be asked.
   */
  readonly hasMetAll: boolean;
  readonly deadlineOf: () => Deadline;
  readonly log: (event: string, detail: Readonly<Record<string, unknown>>) => void;
}

const ASK_AT_ONCE = 100;

const isDone = ({ memory }: SweepContext, history: History): boolean => {
  const doneId = memory.stateOf(history[0]?.key ?? '')?.doneId;
  return doneId !== undefined && doneId === history.at(-1)?.localId;
};

/** Evac's own go another way: see `deliverBeacon`. */
const isOwnKey = ([version]: History): boolean => version?.key.startsWith(ownPrefix) === true;

/** What the target has of keys that this process does not know yet. */
async function learn(
  { target, term, memory, deadlineOf }: SweepContext,
  keys: readonly string[],
): Promise<void> {
  for (let at = 0; at < keys.length; at += ASK_AT_ONCE) {
    const some = keys.slice(at, at + ASK_AT_ONCE);
    const held = await target.held(term, some, deadlineOf());
    some.forEach((key, index) => memory.setHeld(key, held[index] ?? null, null));
  }
}

/** Puts aside what the source never had, and says what comes after it. */
async function putAside(context: SweepContext, history: History): Promise<readonly Version[]> {
  const { target, term, memory, deadlineOf, log } = context;
  const key = history[0]?.key ?? '';
  const known = history.map(({ identity }) => identity);
  const { moved, common, held } = await target.quarantine(term, key, known, deadlineOf());
  log('quarantined', { key, versions: moved, epoch: term.epoch });
  memory.setAside(key, held, common);
  return afterQuarantine(history, common);
}

/** What the target lacks of one key. */
async function missingOf(context: SweepContext, listed: History): Promise<readonly Version[]> {
  const { source, memory, deadlineOf } = context;
  const { held = null, aside = null } = memory.stateOf(listed[0]?.key ?? '') ?? {};
  const isForeign =
    held !== null &&
    held.identity.zone !== source.zone &&
    !listed.some(({ identity }) => isSame(identity, held.identity));
  const history = isForeign ? await withIdentities(source.bucket, listed, deadlineOf()) : listed;
  if (aside !== null) return afterQuarantine(history, aside.common);
  const following = followingOf(source.zone, history, held);
  return following.kind === 'copy' ? following.versions : putAside(context, history);
}

/** Finds what is new in some keys' histories and lets it wait for a batch. */
export async function findMissing(context: SweepContext, histories: readonly History[]): Promise<void> {
  const { memory, sweep } = context;
  const open = histories.filter((history) => !isOwnKey(history) && !isDone(context, history));
  const keys = open.map((history) => history[0]?.key ?? '');
  const unknown = keys.filter((key) => memory.stateOf(key) === undefined);
  await learn(
    context,
    unknown.filter((key) => !context.hasMetAll || memory.isUnsure(key)),
  );
  for (const key of unknown) if (memory.stateOf(key) === undefined) memory.setHeld(key, null, null);
  for (const history of open) {
    const missing = await missingOf(context, history);
    const [key = '', newest = null] = [history[0]?.key, history.at(-1)?.localId];
    if (missing.length === 0) memory.setHeld(key, memory.stateOf(key)?.held ?? null, newest);
    for (const version of missing) memory.add(version, { seenMs: performance.now(), sweep });
  }
}

/** Deleted at the source long enough ago, and still a tombstone at the target as far as is known. */
const isDue = ({ memory }: SweepContext, history: History, afterMs: number): boolean => {
  const newest = history.at(-1);
  const held = newest === undefined ? null : memory.stateOf(newest.key)?.held;
  return (
    newest?.kind === 'delete' &&
    held?.kind === 'delete' &&
    held.etag !== null &&
    Date.now() - newest.atMs > afterMs
  );
};

/** Tombstones that nothing late can come to any more become delete markers. */
export async function settleDeleted(
  context: SweepContext,
  histories: readonly History[],
  afterMs: number,
): Promise<void> {
  const { target, term, memory, deadlineOf } = context;
  const due = histories.filter((history) => isDue(context, history, afterMs));
  const keys = due.map((history) => history[0]?.key ?? '');
  for (let at = 0; at < keys.length; at += ASK_AT_ONCE) {
    const some = keys.slice(at, at + ASK_AT_ONCE);
    const held = await target.settle(term, { keys: some, olderThanMs: afterMs }, deadlineOf());
    some.forEach((key, index) =>
      memory.setHeld(key, held[index] ?? null, memory.stateOf(key)?.doneId ?? null),
    );
  }
}

/** Copies of what the source once had and has dropped since are no tail of the target's own. */
const isOwn = (held: Held | null, source: ZoneId): held is Held =>
  held !== null && held.kind === 'put' && held.identity.zone !== source;

async function withdraw(context: SweepContext, key: string, held: Held): Promise<void> {
  const { target, term, source, deadlineOf, log, memory } = context;
  const { moved } = await target.quarantine(term, key, [], deadlineOf());
  const identity = { zone: source.zone, versionId: `withdrawn-e${term.epoch}` };
  const version: Version = { key, localId: '', identity, kind: 'delete', bytes: 0, atMs: Date.now() };
  await target.deliver(term, { copies: [deletion(version, held.etag)], report: null }, deadlineOf());
  memory.forget(key);
  log('quarantined', { key, versions: moved, epoch: term.epoch, withdrawn: true });
}

/**
 * Once in each direction, after the first whole sweep: keys that the target has and the source never had. What it has of
 * them is put aside and a tombstone takes its place.
 */
export async function withdrawStrays(context: SweepContext): Promise<void> {
  const { target, term, memory, source, deadlineOf } = context;
  const known = memory.keys();
  let after: string | null = null;
  for (let isLast = false; !isLast;) {
    const page: Awaited<ReturnType<CopyTarget['keys']>> = await target.keys(term, after, deadlineOf());
    const strays = page.keys.filter((key) => !known.has(key) && !key.startsWith(ownPrefix));
    await learn(context, strays);
    for (const key of strays) {
      const held = memory.stateOf(key)?.held ?? null;
      if (isOwn(held, source.zone)) await withdraw(context, key, held);
    }
    after = page.keys.at(-1) ?? after;
    isLast = page.isLast;
  }
}

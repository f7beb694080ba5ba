import type { Version } from '../../../domain/copier/version';
import { VersionKind } from '../../../domain/copier/version';
import type { ZoneId } from '../../../domain/topology';
import type { Deadline } from '../../deadline';
import type { Bucket } from '../bucket';
import { markOf } from '../held';
import type { ListedVersion, ListFrom } from '../list-versions';
import { mapAtMost } from '../side-by-side';

/** All of one key's versions, oldest first. */
export type History = readonly Version[];

const asVersion = (zone: ZoneId, { key, versionId, isMarker, bytes, atMs }: ListedVersion): Version => ({
  key,
  localId: versionId,
  identity: { zone, versionId },
  kind: isMarker ? VersionKind.delete : VersionKind.put,
  bytes,
  atMs,
});

function byKey(zone: ZoneId, listed: readonly ListedVersion[]): readonly History[] {
  const histories = new Map<string, Version[]>();
  for (const each of listed) {
    const history = histories.get(each.key) ?? [];
    history.unshift(asVersion(zone, each));
    histories.set(each.key, history);
  }
  return [...histories.values()];
}

/**
 * Every key's whole history, page by page, after `afterKey`. The list and no notification is what is believed: those are lost
 * when nobody listens, come twice, and not in order. S3 has no "changed since": an upload in parts is listed under the
 * instant at which it began, so a list cut off by time would miss it.
 */
export async function* readHistories(
  source: { readonly bucket: Bucket; readonly zone: ZoneId },
  afterKey: string | null,
  deadlineOf: () => Deadline,
): AsyncGenerator<readonly History[]> {
  let after: ListFrom['after'] = afterKey === null ? null : { key: afterKey };
  let rest: readonly ListedVersion[] = [];
  do {
    const page = await source.bucket.list({ after }, deadlineOf());
    const all = [...rest, ...page.versions];
    // A key's versions may go on in the next page.
    const lastKey = page.next === null ? null : all.at(-1)?.key;
    rest = all.filter(({ key }) => key === lastKey);
    yield byKey(
      source.zone,
      all.filter(({ key }) => key !== lastKey),
    );
    after = page.next;
  } while (after !== null);
}

const ASK_AT_ONCE = 8;

/** Of versions that were copied here once: as what they were first written, elsewhere. */
export const withIdentities = (bucket: Bucket, history: History, deadline: Deadline): Promise<History> =>
  mapAtMost(ASK_AT_ONCE, history, async (version) => {
    if (version.kind === VersionKind.delete) return version;
    const head = await bucket.head(version.key, deadline, version.localId);
    const mark = head === null || head === 'deleted' ? null : markOf(head.metadata);
    return mark === null ? version : { ...version, identity: mark.identity, kind: mark.kind };
  });

import type { Store, ZoneId } from '../topology';
import { STORE_LABEL } from '../topology';
import type { CopiesReport } from './report';
import { addNotes, addUnknown, emptyReport } from './report';

/** One partition's replicas, as its leader and the copy's broker tell. */
export interface ReplicaLook {
  /** `orders-3` */
  readonly partition: string;
  /** Null: nobody leads it. */
  readonly leader: ZoneId | null;
  /** Where the replicas are that an acknowledgement waits for. */
  readonly inSync: readonly ZoneId[];
  /** Where the others are. */
  readonly behind: readonly ZoneId[];
  /** The high watermark: all records before it are acknowledged; null: the leader does not say. */
  readonly acknowledged: number | null;
  /** Where the copy's log ends, read after that; null: its broker does not say. */
  readonly copyEnd: number | null;
}

interface Between {
  readonly store: Store;
  readonly writer: ZoneId;
  readonly copy: ZoneId;
}

const WHY = 'its replicas take nothing that they do not all agree on';

/** Null: the copy has everything that was acknowledged. */
const openIn = (look: ReplicaLook, copy: ZoneId): string | null => {
  const { leader, inSync, acknowledged, copyEnd } = look;
  if (leader === null) return 'nobody leads it';
  const ends = copyEnd === null ? 'its broker does not say where its log ends' : `its log ends at ${copyEnd}`;
  const until =
    acknowledged === null ? 'its leader does not say how far' : `acknowledged up to ${acknowledged}`;
  if (!inSync.includes(copy)) return `the replica in ${copy} is not in sync: ${ends}, ${until}`;
  const isThere = acknowledged !== null && copyEnd !== null && copyEnd >= acknowledged;
  return isThere ? null : `the replica in ${copy} counts as in sync, and ${ends}, ${until}`;
};

const underReplicated = (looks: readonly ReplicaLook[]): readonly string[] => {
  const thin = looks.filter(({ behind }) => behind.length > 0);
  if (thin.length === 0) return [];
  const named = thin.slice(0, 3).map(({ partition, behind }) => `${partition} lacks ${behind.join(', ')}`);
  const more = thin.length > named.length ? ` and ${thin.length - named.length} more` : '';
  return [`under-replicated: ${thin.length} of ${looks.length} partitions (${named.join('; ')}${more})`];
};

const watermarks = (looks: readonly ReplicaLook[]): readonly string[] => {
  const known = looks.flatMap(({ acknowledged }) => acknowledged ?? []);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  return known.length === 0 ? [] : [`high watermarks from ${least} to ${most}`];
};

/**
 * What can be said of a store whose own quorum keeps its replicas alike: nothing of their contents, but whether the copy is in
 * every in-sync set and its log reaches what is acknowledged. A partition of which that is not so is not known to be there.
 */
export function reportOnQuorum(between: Between, looks: readonly ReplicaLook[]): CopiesReport {
  const { store, copy } = between;
  const inSync = looks.filter((look) => openIn(look, copy) === null).length;
  const notes = [
    `${STORE_LABEL[store]} in ${copy} is in sync in ${inSync} of ${looks.length} partitions`,
    ...watermarks(looks),
    ...underReplicated(looks),
  ];
  const empty: CopiesReport = { ...emptyReport(between), items: looks.length, notCompared: WHY };
  return looks.reduce(
    (report, look) => {
      const why = openIn(look, copy);
      return why === null ? report : addUnknown(report, { part: look.partition, why });
    },
    addNotes(empty, notes),
  );
}

/** Nothing could be looked at. */
export const reportOnSilence = (between: Between, why: string): CopiesReport =>
  addUnknown({ ...emptyReport(between), notCompared: WHY }, { part: 'all of it', why });

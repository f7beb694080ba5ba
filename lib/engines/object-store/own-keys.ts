import { ownPrefix } from '../../domain/copier/version';
import type { Deadline } from '../deadline';
import type { Bucket } from './bucket';

/** The newest beacon, in the workload's own bucket: it travels as the workload's objects do. */
export const beaconKey = `${ownPrefix}beacon`;

/** Where what is put aside under an epoch is kept, in the control bucket. */
export const quarantineOf = (epoch: number): string => `quarantine/e${epoch}`;
/** One version there: `quarantine/e12/<key>/<its version>`. */
export const quarantineKeyOf = (epoch: number, key: string, versionId: string): string =>
  `${quarantineOf(epoch)}/${key}/${versionId}`;

/** Of Evac's own keys only the newest version counts: the older ones would pile up, one a second. */
export async function dropOlder(bucket: Bucket, key: string, deadline: Deadline): Promise<void> {
  const { versions } = await bucket.list({ prefix: key, after: null }, deadline);
  const [, ...older] = versions.filter((version) => version.key === key);
  await Promise.all(older.map(({ versionId }) => bucket.remove(key, deadline, versionId)));
}

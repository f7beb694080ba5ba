import { ownPrefix } from '../../domain/copier/version';
import type { Deadline } from '../deadline';
import type { Bucket } from './bucket';

/** The newest beacon, in the workload's own bucket: it travels as the workload's objects do. */
export const beaconKey = `${ownPrefix}beacon`;

/** Of Evac's own keys only the newest version counts: the older ones would pile up, one a second. */
export async function dropOlder(bucket: Bucket, key: string, deadline: Deadline): Promise<void> {
  const { versions } = await bucket.list({ prefix: key, after: null }, deadline);
  const [, ...older] = versions.filter((version) => version.key === key);
  await Promise.all(older.map(({ versionId }) => bucket.remove(key, deadline, versionId)));
}

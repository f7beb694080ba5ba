import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import type { Cursor } from '../../domain/copier/cursor';
import { noProgress, Side } from '../../domain/copier/cursor';
import { startDeadline } from '../../engines/deadline';
import { controlBucketOf, createClient } from '../../engines/object-store/access';
import { createBucket } from '../../engines/object-store/bucket';
import { createCursorObject } from '../../engines/object-store/cursor-object';
import type { MinioAccess } from '../../engines/object-store/minio/admin-call';
import { callAdmin } from '../../engines/object-store/minio/admin-call';
import { createPolicyGate } from '../../engines/object-store/minio/policy-gate';
import { sealed } from './admin-secret';
import type { MinioSettings } from './host-files';
import { settingsOf } from './host-files';
import type { MinioHost } from './minio-host';
import { endpointOf, minioRegion, workloadPolicyName } from './minio-host';

const setUpMs = 20_000;

const firstCursor = (zone: string, { writer, standby, epoch }: MinioSettings): Cursor => ({
  epoch,
  zone,
  side: zone === writer ? Side.writer : Side.standby,
  writer,
  standby: zone === writer ? `${standby}-e${epoch}` : '',
  timeline: 1,
  since: epoch,
  holder: null,
  mark: null,
  isPaused: false,
  emptiedAt: 0,
  progress: noProgress,
});

async function makeBuckets(access: MinioAccess, host: MinioHost): Promise<void> {
  const { zone } = host.place;
  const settings = settingsOf(host.files);
  const { bucket } = settings;
  const client = createClient({ ...access, bucket });
  try {
    const control = controlBucketOf(bucket);
    for (const Bucket of [bucket, control]) await client.send(new CreateBucketCommand({ Bucket }));
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
    const cursor = createCursorObject(createBucket(client, control), zone, randomUUID);
    await cursor.create(firstCursor(zone, settings), startDeadline(setUpMs));
  } finally {
    client.destroy();
  }
}

async function makeUser(access: MinioAccess, host: MinioHost): Promise<void> {
  const { bucket, workload, evac, epoch, writer } = settingsOf(host.files);
  const deadline = startDeadline(setUpMs);
  const user = JSON.stringify({ secretKey: workload.secretAccessKey, status: 'enabled' });
  const body = sealed(evac.secretAccessKey, user);
  const query = { accessKey: workload.accessKeyId };
  await callAdmin(access, { method: 'PUT', what: 'add-user', query, body }, deadline);
  const gate = createPolicyGate({ ...access, bucket, policy: workloadPolicyName });
  await gate.set(host.place.zone === writer, epoch, deadline);
  const given = { policyName: workloadPolicyName, userOrGroup: workload.accessKeyId, isGroup: 'false' };
  await callAdmin(access, { method: 'PUT', what: 'set-user-or-group-policy', query: given }, deadline);
}

/** What a new server needs: buckets with versions, the workload's user behind its gate, the cursor. */
export async function setUpMinio(host: MinioHost): Promise<void> {
  const { evac } = settingsOf(host.files);
  const access = { endpoint: endpointOf(host.place), region: minioRegion, credentials: evac };
  await makeBuckets(access, host);
  await makeUser(access, host);
}

import { S3Client } from '@aws-sdk/client-s3';

/** One zone's store. MinIO and most others need `endpoint`; on S3 itself it is left out. */
export interface ObjectStoreAccess {
  readonly endpoint?: string;
  readonly region: string;
  /** Left out: whom the SDK's environment says. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly bucket: string;
}

/** Where Evac keeps what is its own: the cursor, and what was put aside. Never copied. */
export const controlBucketOf = (bucket: string): string => `${bucket}-evac`;

/** Deadlines are the caller's, by signal; one more try only for a session that the server had ended while it was idle. */
export const createClient = ({ endpoint, region, credentials }: ObjectStoreAccess): S3Client =>
  new S3Client({
    region,
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts: 2,
  });

import type { GetObjectCommandOutput, HeadObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import type { Deadline } from '../deadline';
import { asEvacError, isConditionFailed, saysDeleted, statusOf } from './failure';
import type { ListFrom, VersionPage } from './list-versions';
import { listVersions } from './list-versions';

/** What travels with an object's bytes. Tags, access lists and object locks do not. */
export interface Attributes {
  readonly ContentType?: string;
  readonly ContentEncoding?: string;
  readonly ContentLanguage?: string;
  readonly ContentDisposition?: string;
  readonly CacheControl?: string;
}

export interface ObjectHead {
  readonly etag: string;
  readonly versionId: string;
  readonly bytes: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly attributes: Attributes;
  /** As the store computed it when it took the bytes in, base64; null: it was not told to. */
  readonly sha256: string | null;
  readonly atMs: number;
}

export interface StoredObject extends ObjectHead {
  readonly body: Buffer;
}

/** An empty `ifMatch`: only when there is no current object. Left out: whatever is there. */
export interface PutOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly attributes?: Attributes;
  readonly ifMatch?: string;
}

/** `deleted`: the current version is a delete marker. */
export type HeadAnswer = ObjectHead | 'deleted' | null;

/** One bucket. Every call ends by its deadline. @throws DeadlineExceeded, Unreachable, StoreRefused, EvacError */
export interface Bucket {
  readonly name: string;
  get(key: string, deadline: Deadline, versionId?: string): Promise<StoredObject | null>;
  head(key: string, deadline: Deadline, versionId?: string): Promise<HeadAnswer>;
  /** The store compares the bytes with their SHA-256 before it keeps them. Null: the condition did not hold. */
  put(key: string, body: Buffer, options: PutOptions, deadline: Deadline): Promise<PutAnswer | null>;
  remove(key: string, deadline: Deadline, versionId?: string): Promise<void>;
  /** One of this bucket's versions into another bucket of the same store; it does not travel. */
  copyTo(to: string, from: { key: string; versionId: string; as: string }, deadline: Deadline): Promise<void>;
  list(from: ListFrom, deadline: Deadline): Promise<VersionPage>;
  isVersioned(deadline: Deadline): Promise<boolean>;
}

export interface PutAnswer {
  readonly etag: string;
  readonly versionId: string;
  /** As the store computed it, base64. */
  readonly sha256: string | null;
}

export const sha256Of = (body: Buffer): string => createHash('sha256').update(body).digest('base64');

function headOf(output: HeadObjectCommandOutput | GetObjectCommandOutput): ObjectHead {
  const { ContentType, ContentEncoding, ContentLanguage, ContentDisposition, CacheControl } = output;
  const given = { ContentType, ContentEncoding, ContentLanguage, ContentDisposition, CacheControl };
  return {
    etag: output.ETag ?? '',
    versionId: output.VersionId ?? '',
    bytes: output.ContentLength ?? 0,
    metadata: output.Metadata ?? {},
    attributes: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    sha256: output.ChecksumSHA256 ?? null,
    atMs: output.LastModified?.getTime() ?? 0,
  };
}

const conditionOf = (ifMatch: string | undefined) => {
  if (ifMatch === undefined) return {};
  return ifMatch === '' ? { IfNoneMatch: '*' } : { IfMatch: ifMatch };
};

export function createBucket(client: S3Client, name: string): Bucket {
  const call = async <T>(
    what: string,
    deadline: Deadline,
    act: (options: { abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T> => {
    try {
      return await act({ abortSignal: AbortSignal.timeout(Math.ceil(deadline.remainingMs())) });
    } catch (error) {
      throw asEvacError(error, `${what} in bucket ${name}`, deadline.totalMs);
    }
  };
  /** Null instead of the errors that say what is there. */
  const orNull = async <T>(
    act: () => Promise<T>,
    isAnswer: (error: unknown) => boolean,
  ): Promise<T | null> => {
    try {
      return await act();
    } catch (error) {
      if (isAnswer(error)) return null;
      throw error;
    }
  };
  const versionOf = (versionId: string | undefined) =>
    versionId === undefined ? {} : { VersionId: versionId };
  return {
    name,
    get: (key, deadline, versionId) =>
      call(`get ${key}`, deadline, (options) =>
        orNull(
          async () => {
            const which = { Bucket: name, Key: key, ...versionOf(versionId) };
            const output = await client.send(
              new GetObjectCommand({ ...which, ChecksumMode: 'ENABLED' }),
              options,
            );
            const body = Buffer.from((await output.Body?.transformToByteArray()) ?? []);
            return { ...headOf(output), body };
          },
          (error) => statusOf(error) === 404,
        ),
      ),
    head: (key, deadline, versionId) =>
      call(`head ${key}`, deadline, async (options) => {
        const which = { Bucket: name, Key: key, ...versionOf(versionId) };
        try {
          return headOf(
            await client.send(new HeadObjectCommand({ ...which, ChecksumMode: 'ENABLED' }), options),
          );
        } catch (error) {
          if (statusOf(error) === 404) return saysDeleted(error) ? 'deleted' : null;
          throw error;
        }
      }),
    put: (key, body, { metadata = {}, attributes = {}, ifMatch }, deadline) =>
      call(`put ${key}`, deadline, (options) =>
        orNull(
          async () => {
            const what = { Bucket: name, Key: key, Body: body, ChecksumSHA256: sha256Of(body) };
            const output = await client.send(
              new PutObjectCommand({
                ...what,
                ...attributes,
                Metadata: { ...metadata },
                ...conditionOf(ifMatch),
              }),
              options,
            );
            const { ETag = '', VersionId = '', ChecksumSHA256 = null } = output;
            return { etag: ETag, versionId: VersionId, sha256: ChecksumSHA256 };
          },
          (error) => ifMatch !== undefined && isConditionFailed(error, ifMatch !== ''),
        ),
      ),
    remove: (key, deadline, versionId) =>
      call(`delete ${key}`, deadline, async (options) => {
        await client.send(
          new DeleteObjectCommand({ Bucket: name, Key: key, ...versionOf(versionId) }),
          options,
        );
      }),
    copyTo: (to, { key, versionId, as }, deadline) =>
      call(`copy ${key}`, deadline, async (options) => {
        const source = `${name}/${encodeURIComponent(key)}?versionId=${encodeURIComponent(versionId)}`;
        await client.send(new CopyObjectCommand({ Bucket: to, Key: as, CopySource: source }), options);
      }),
    list: (from, deadline) =>
      call('list', deadline, (options) => listVersions(client, { bucket: name, ...from }, options)),
    isVersioned: (deadline) =>
      call('versioning', deadline, async (options) => {
        const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket: name }), options);
        return Status === 'Enabled';
      }),
  };
}

import type { ListObjectVersionsCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

export interface ListedVersion {
  readonly key: string;
  readonly versionId: string;
  readonly isMarker: boolean;
  readonly bytes: number;
  readonly atMs: number;
}

export interface VersionPage {
  /** By key, each key's newest first, as the store lists them. */
  readonly versions: readonly ListedVersion[];
  /** Null: this was the last page. */
  readonly next: ListFrom['after'];
}

export interface ListFrom {
  readonly prefix?: string;
  /** Exclusive; null: from the beginning. Without a version: after all of that key's. */
  readonly after: { readonly key: string; readonly versionId?: string | undefined } | null;
  readonly pageSize?: number;
}

interface WireVersion {
  readonly Key?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly Size?: number | undefined;
  readonly LastModified?: Date | undefined;
}

const asListed = (wire: WireVersion, isMarker: boolean): ListedVersion => ({
  key: wire.Key ?? '',
  versionId: wire.VersionId ?? '',
  isMarker,
  bytes: wire.Size ?? 0,
  atMs: wire.LastModified?.getTime() ?? 0,
});

/**
 * The SDK answers versions and delete markers as two lists, and S3's instants are whole seconds: which of a put and a
 * delete came first could not be told any more. So the elements' order is taken from the answer itself.
 */
function keepOrder(command: ListObjectVersionsCommand): () => readonly boolean[] {
  let isMarker: readonly boolean[] = [];
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as { body: unknown; statusCode: number };
      if (response.statusCode !== 200) return result;
      const text = await buffer(response.body as Readable);
      const elements = text.toString('utf8').matchAll(/<(Version|DeleteMarker)>/g);
      isMarker = Array.from(elements, ([, name]) => name === 'DeleteMarker');
      response.body = Readable.from([text]);
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'evacOrderOfVersions' },
  );
  return () => isMarker;
}

function pageOf(output: ListObjectVersionsCommandOutput, order: readonly boolean[]): VersionPage {
  const versions = [...(output.Versions ?? [])];
  const markers = [...(output.DeleteMarkers ?? [])];
  const inOrder = order.map((isMarker) => asListed((isMarker ? markers : versions).shift() ?? {}, isMarker));
  const next = { key: output.NextKeyMarker ?? '', versionId: output.NextVersionIdMarker };
  return { versions: inOrder, next: output.IsTruncated === true ? next : null };
}

/** One page of a bucket's versions and delete markers, in the store's own order. */
export async function listVersions(
  client: S3Client,
  { bucket, prefix, after, pageSize = 1_000 }: ListFrom & { readonly bucket: string },
  options: { readonly abortSignal: AbortSignal },
): Promise<VersionPage> {
  const from = after === null ? {} : { KeyMarker: after.key };
  const version = after?.versionId === undefined ? {} : { VersionIdMarker: after.versionId };
  const within = prefix === undefined ? {} : { Prefix: prefix };
  const command = new ListObjectVersionsCommand({
    Bucket: bucket,
    MaxKeys: pageSize,
    ...within,
    ...from,
    ...version,
  });
  const order = keepOrder(command);
  return pageOf(await client.send(command, options), order());
}

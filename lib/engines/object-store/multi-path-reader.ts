import type { ZoneId } from '../../domain/topology';
import type { Deadline } from '../deadline';
import type { Bucket, StoredObject } from './bucket';
import { isTombstone, withoutMark } from './held';

export interface ReadPath {
  readonly zone: ZoneId;
  readonly bucket: Bucket;
}

export interface Read {
  /** Null: it is not there, or was deleted. */
  readonly object: Pick<StoredObject, 'body' | 'metadata' | 'attributes'> | null;
  readonly zone: ZoneId;
  /** The writer did not answer: there may be a newer version, or one at all, that has not been copied. */
  readonly mayBeOld: boolean;
}

export interface MultiPathReader {
  /**
   * The writer's copy, or the other one when the writer does not answer in half of the time.
   * @throws what the last path said when none answers.
   */
  read(key: string, deadline: Deadline): Promise<Read>;
}

/** `writer` is asked anew at each read; null: not known, then any answer may be old. */
export function createMultiPathReader(
  paths: readonly ReadPath[],
  writer: () => ZoneId | null,
): MultiPathReader {
  const readAt = async ({ zone, bucket }: ReadPath, key: string, deadline: Deadline): Promise<Read> => {
    const found = await bucket.get(key, deadline);
    const isThere = found !== null && !isTombstone(found.metadata);
    const object = isThere ? { ...found, metadata: withoutMark(found.metadata) } : null;
    return { object, zone, mayBeOld: zone !== writer() };
  };
  return {
    read: async (key, deadline) => {
      const first = writer();
      const inOrder = [...paths].sort((a, b) => Number(b.zone === first) - Number(a.zone === first));
      let last: unknown;
      for (const [index, path] of inOrder.entries()) {
        const isLast = index === inOrder.length - 1;
        const within = isLast ? deadline : deadline.atMost(deadline.remainingMs() / 2);
        try {
          return await readAt(path, key, within);
        } catch (error) {
          last = error;
        }
      }
      throw last;
    },
  };
}

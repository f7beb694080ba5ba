import { z } from 'zod';
import type { Cursor } from '../../domain/copier/cursor';
import { DamagedState, Refused } from '../../domain/errors';
import type { ZoneId } from '../../domain/topology';
import type { Deadline } from '../deadline';
import { pollUntil } from '../deadline';
import type { Bucket } from './bucket';

const cursorKey = 'cursor.json';

const count = z.number().int().nonnegative();
export const cursorShape = z.object({
  epoch: count,
  zone: z.string(),
  side: z.enum(['writer', 'standby']),
  writer: z.string(),
  standby: z.string(),
  timeline: count,
  since: count,
  holder: z.string().nullable(),
  mark: z.string().nullable(),
  // Absent in what was written before there was either.
  isPaused: z.boolean().default(false),
  emptiedAt: count.default(0),
  progress: z.object({
    sweepKey: z.string().nullable(),
    sweeps: count,
    batches: count,
    objects: count,
    bytes: count,
    quarantined: count,
    drained: z.string().nullable(),
    levelAgeMs: z.number().nullable(),
    pendingObjects: count,
    pendingBytes: count,
  }),
});

export interface CursorSeen {
  readonly cursor: Cursor;
  readonly etag: string;
  readonly writtenAtMs: number;
}

const parse = (bucket: string, text: string): Cursor => {
  try {
    return cursorShape.parse(JSON.parse(text));
  } catch (cause) {
    throw new DamagedState(`${cursorKey} in bucket ${bucket} is no cursor of Evac's; nothing was changed`, {
      cause,
    });
  }
};

/**
 * Every write differs from the one before, also when it says the same again: the condition is on the ETag, and a server may
 * make that of the bytes alone.
 */
const textOf = (cursor: Cursor, nonce: string): Buffer =>
  Buffer.from(`${JSON.stringify({ ...cursor, written: nonce })}\n`);

/** The cursor of one zone, in its control bucket. */
export interface CursorObject {
  readonly zone: ZoneId;
  /** @throws Refused `no-cursor`, DamagedState, and as the bucket. */
  read(deadline: Deadline): Promise<CursorSeen>;
  /**
   * Replaces what was read: looks, changes, puts on condition, and looks again when somebody was quicker. `change` may run
   * more than once and what it throws ends it.
   */
  change(change: (cursor: Cursor) => Cursor, deadline: Deadline): Promise<Cursor>;
  /** Once, when a zone is provisioned. @throws Refused `provisioned` */
  create(cursor: Cursor, deadline: Deadline): Promise<void>;
}

export function createCursorObject(control: Bucket, zone: ZoneId, nonce: () => string): CursorObject {
  const read = async (deadline: Deadline): Promise<CursorSeen> => {
    const found = await control.get(cursorKey, deadline);
    if (found === null) {
      const why = `${cursorKey} is not in bucket ${control.name} of ${zone}: this store was never provisioned for Evac`;
      throw new Refused('no-cursor', why, { zone });
    }
    const cursor = parse(control.name, found.body.toString('utf8'));
    return { cursor, etag: found.etag, writtenAtMs: found.atMs };
  };
  return {
    zone,
    read,
    change: (change, deadline) =>
      pollUntil(deadline, { what: `the cursor of ${zone} to stand still`, everyMs: 2 }, async () => {
        const { cursor, etag } = await read(deadline);
        const changed = change(cursor);
        const put = await control.put(cursorKey, textOf(changed, nonce()), { ifMatch: etag }, deadline);
        return put === null ? null : changed;
      }),
    create: async (cursor, deadline) => {
      const put = await control.put(cursorKey, textOf(cursor, nonce()), { ifMatch: '' }, deadline);
      if (put === null)
        throw new Refused('provisioned', `${zone} has a cursor already: it was provisioned before`, { zone });
    },
  };
}

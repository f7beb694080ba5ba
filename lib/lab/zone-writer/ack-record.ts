import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { DamagedState } from '../../domain/errors';
import type { LineFile } from '../load/line-file';
import { createLineFile } from '../load/line-file';

const ACK = z.object({
  id: z.string(),
  /** The zone whose server acknowledged it. */
  server: z.string(),
  /** CLOCK_MONOTONIC: the same for all processes of this machine. */
  startedMonoMs: z.number(),
  monoMs: z.number(),
});
/** A write that a server acknowledged to a client. */
export type Ack = Readonly<z.infer<typeof ACK>>;

export type AckRecord = LineFile<Ack>;

/** A writer that is started again after its zone was killed goes on in the same file. */
export const createAckRecord = (path: string): AckRecord => createLineFile(path);

const parseLine = (path: string, line: string): Ack => {
  try {
    return ACK.parse(JSON.parse(line));
  } catch (cause) {
    throw new DamagedState(`${path}: not an acknowledgement: ${line.slice(0, 120)}`, { cause });
  }
};

/** All that was acknowledged to one writer; nothing when it never began. @throws DamagedState */
export const readAcks = (path: string): readonly Ack[] =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => parseLine(path, line))
    : [];

import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { DamagedState } from '../../domain/errors';

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

export interface AckRecord {
  note(ack: Ack): void;
  /** Hands what was noted to the kernel: a process that is killed afterwards has not lost it. */
  flush(): void;
  close(): void;
}

/** Appends; a writer that is started again after its zone was killed goes on in the same file. */
export const createAckRecord = (path: string): AckRecord => {
  const file = openSync(path, 'a');
  let pending: string[] = [];
  const flush = (): void => {
    if (pending.length === 0) return;
    const text = pending.join('');
    pending = [];
    writeSync(file, text);
  };
  return {
    note: (ack) => {
      pending.push(`${JSON.stringify(ack)}\n`);
    },
    flush,
    close: () => {
      flush();
      closeSync(file);
    },
  };
};

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

import { setTimeout as pause } from 'node:timers/promises';
import { instantNow } from '../load/instant';
import type { LineFile } from '../load/line-file';

/** A write that a store acknowledged; on CLOCK_MONOTONIC, the same for all processes of this machine. */
export interface StoreAck {
  readonly store: string;
  readonly id: string;
  readonly monoMs: number;
}

export interface StoreWriterOptions {
  readonly store: string;
  /** One attempt; true = acknowledged. What is not known is tried again with the same id. Rejects never. */
  readonly write: (id: string, timeoutMs: number) => Promise<boolean>;
  readonly record: LineFile<StoreAck>;
  readonly everyMs: number;
}

const ATTEMPT_MS = 800;
/** Whoever looks for a new writer looks every 50 ms; asking more often would take the cores from it. */
const RETRY_MS = 10;

/** One client of one store alone, a write after the other; answers how to end it. */
export const startStoreWriter = ({ store, write, record, everyMs }: StoreWriterOptions) => {
  let isClosed = false;
  const run = async (): Promise<void> => {
    for (let turn = 0; !isClosed; turn += 1) {
      const id = `s-${store}-${process.pid}-${turn}`;
      while (!isClosed && !(await write(id, ATTEMPT_MS))) await pause(RETRY_MS);
      if (isClosed) return;
      record.write({ store, id, monoMs: instantNow().monoMs });
      record.flush();
      await pause(everyMs);
    }
  };
  const running = run();
  return {
    close: async (): Promise<void> => {
      isClosed = true;
      await running;
    },
  };
};

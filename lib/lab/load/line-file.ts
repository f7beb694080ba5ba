import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';

/** A file that lines of JSON are appended to, in the order of their writing, whole lines at a time. */
export interface LineFile<Line> {
  write(line: Line): void;
  /** Hands what was written to the kernel: a process that is killed afterwards has not lost it. */
  flush(): void;
  /** Flushes, asks for it to be on disk, and closes the file. */
  close(): void;
}

/** Appends: a process that is started again goes on in the same file. */
export const createLineFile = <Line>(path: string): LineFile<Line> => {
  const file = openSync(path, 'a');
  let pending: string[] = [];
  const flush = (): void => {
    if (pending.length === 0) return;
    const text = pending.join('');
    pending = [];
    writeSync(file, text);
  };
  return {
    write: (line) => {
      pending.push(`${JSON.stringify(line)}\n`);
    },
    flush,
    close: () => {
      flush();
      fsyncSync(file);
      closeSync(file);
    },
  };
};

import { setTimeout as pause } from 'node:timers/promises';
import type { AddressRecord, RecordSource } from './zone-records';

export interface RecordCache {
  /** The newest records that were read; null = none yet. Kept when the source does not answer. */
  current(): readonly AddressRecord[] | null;
  close(): Promise<void>;
}

export interface RecordCacheOptions {
  readonly source: RecordSource;
  readonly log: (line: Readonly<Record<string, unknown>>) => void;
  /** Pause between two reads: what a change takes to be seen, at most. */
  readonly everyMs?: number;
  readonly readTimeoutMs?: number;
}

const EVERY_MS = 40;
const READ_TIMEOUT_MS = 500;

/** Reads in the background, so that no look-up ever waits for the emulator. Each change of mood is logged once. */
export const createRecordCache = (options: RecordCacheOptions): RecordCache => {
  const { source, log, everyMs = EVERY_MS, readTimeoutMs = READ_TIMEOUT_MS } = options;
  const closing = new AbortController();
  let records: readonly AddressRecord[] | null = null;
  let isFailing = false;

  const readOnce = async (): Promise<void> => {
    try {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(readTimeoutMs)]);
      records = await source.read(signal);
      if (isFailing) log({ event: 'records-fresh-again', records: records.length });
      isFailing = false;
    } catch (error) {
      if (!isFailing && !closing.signal.aborted)
        log({ event: 'records-stale', keeps: records?.length ?? null, error: String(error) });
      isFailing = true;
    }
  };
  const loop = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await readOnce();
      await pause(everyMs, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  };
  const ended = loop();
  return {
    current: () => records,
    close: async () => {
      closing.abort();
      await ended;
      source.close();
    },
  };
};

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { LEDGER_EVENT } from '../../domain/report/ledger-event';
import type { AttemptResult, Connections } from './connections';
import type { Instant } from './instant';
import { instantNow } from './instant';
import type { LedgerLine } from './ledger-writer';
import type { PublicName } from './public-name';
import { createSlots } from './slots';

export interface RetryPolicy {
  /** One attempt: look-up, connect, answer. */
  readonly attemptTimeoutMs: number;
  /**
   * Between the first failed attempt and the second; it doubles from attempt to attempt, up to `longestPauseMs`, and
   * half of it to all of it is waited. Without that the retries of an open loop would grow into a storm of their own.
   */
  readonly pauseMs: number;
  readonly longestPauseMs: number;
  /**
   * Retries under way at the same time, at most; the others wait for their turn. First attempts never wait (open
   * loop), and so the load in an outage stays below about twice the normal one.
   */
  readonly retriesAtOnce: number;
  /** After this, counted from the start of the order, it is given up. */
  readonly totalTimeoutMs: number;
}

export interface OrderClientOptions {
  readonly name: PublicName;
  readonly connections: Connections;
  readonly port: number;
  readonly retry: RetryPolicy;
  readonly record: (line: LedgerLine) => void;
}

interface Progress {
  readonly id: string;
  readonly key: string;
  readonly body: string;
  readonly started: Instant;
  attempts: number;
}

const CREATED = 201;
/** Answers that no retry changes: the request itself is at fault. */
const isHopeless = (status: number | string): boolean =>
  typeof status === 'number' && status >= 400 && status < 500;

const pauseAfter = (attempts: number, { pauseMs, longestPauseMs }: RetryPolicy): number =>
  Math.min(longestPauseMs, pauseMs * 2 ** (attempts - 1)) * (0.5 + Math.random() / 2);

const amountOf = (): number => 1 + Math.floor(Math.random() * 10_000) / 100;

/** The look-up has a deadline of its own; one that fails is a failed attempt like any other. */
const lookUp = (name: PublicName, timeoutMs: number): Promise<string | AttemptResult> =>
  Promise.race([
    name
      .address()
      .catch((error: NodeJS.ErrnoException): AttemptResult => ({ status: `dns-${error.code ?? 'error'}` })),
    pause(timeoutMs, { status: 'dns-timeout' }, { ref: false }),
  ]);

/**
 * Places one order and keeps at it, with the same id and key, until it is acknowledged, refused for good, or given
 * up. Attempts follow one another, never beside one another: hedging would hide what a client really sees.
 */
export const createOrderClient = ({ name, connections, port, retry, record }: OrderClientOptions) => {
  const slots = createSlots(retry.retriesAtOnce);
  const note = (
    t: LedgerLine['t'],
    progress: Progress,
    result: AttemptResult | null,
    at = instantNow(),
  ): void => {
    const { id, key, started, attempts } = progress;
    const { status = null, servedBy } = result ?? {};
    const clocks = { startedAtMs: started.atMs, startedMonoMs: started.monoMs, ...at };
    record({ t, id, key, ...clocks, attempts, status, ...(servedBy === undefined ? {} : { servedBy }) });
  };
  const attempt = async ({ key, body }: Progress): Promise<AttemptResult> => {
    const deadlineMs = performance.now() + retry.attemptTimeoutMs;
    const address = await lookUp(name, retry.attemptTimeoutMs);
    if (typeof address !== 'string') return address;
    const timeoutMs = Math.max(1, deadlineMs - performance.now());
    return connections.post({ address, port, key, body, timeoutMs });
  };
  const isOver = ({ started }: Progress): boolean =>
    instantNow().monoMs - started.monoMs >= retry.totalTimeoutMs;

  const pursue = async (progress: Progress): Promise<void> => {
    for (;;) {
      progress.attempts += 1;
      const result = await (progress.attempts === 1 ? attempt(progress) : slots.use(() => attempt(progress)));
      if (result.status === CREATED) return note(LEDGER_EVENT.ack, progress, result);
      name.distrust();
      note(LEDGER_EVENT.attemptFailed, progress, result);
      if (isHopeless(result.status) || isOver(progress)) return note(LEDGER_EVENT.fail, progress, result);
      await pause(pauseAfter(progress.attempts, retry));
    }
  };
  /** Resolves when the order has come to an end, whichever; never rejects. */
  return (): Promise<void> => {
    const id = randomUUID();
    const body = JSON.stringify({ id, amount: amountOf() });
    const progress = { id, key: `order-${id}`, body, started: instantNow(), attempts: 0 };
    note(LEDGER_EVENT.start, progress, null, progress.started);
    return pursue(progress);
  };
};

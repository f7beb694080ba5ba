/** What the load generator may write down about an order. */
export const LEDGER_EVENT = {
  start: 'start',
  attemptFailed: 'attempt-failed',
  ack: 'ack',
  fail: 'fail',
} as const;
type LedgerEventKind = (typeof LEDGER_EVENT)[keyof typeof LEDGER_EVENT];

/**
 * One line of the client's ledger. All instants are milliseconds on one clock, which never steps
 * (the reader of the ledger file sees to that), so they may be subtracted from one another.
 */
export interface LedgerEvent {
  readonly t: LedgerEventKind;
  readonly id: string;
  readonly key: string;
  readonly startedAtMs: number;
  readonly atMs: number;
  /** Attempts made so far, this one included; 0 for `start`. */
  readonly attempts: number;
  /** HTTP status, or a word for what went wrong on the way ('timeout', 'refused', …); null for `start`. */
  readonly status: number | string | null;
  readonly servedBy?: string;
}

/** One order as the client saw it. */
export interface Order {
  readonly id: string;
  readonly startedAtMs: number;
  /** null = not acknowledged (yet): its outcome is unknown, which is not the same as refused. */
  readonly ackAtMs: number | null;
  readonly attempts: number;
  readonly failedAttemptAtMs: readonly number[];
  readonly gaveUp: boolean;
  readonly servedBy: string | null;
}

const begin = (event: LedgerEvent): Order => ({
  id: event.id,
  startedAtMs: event.startedAtMs,
  ackAtMs: null,
  attempts: 0,
  failedAttemptAtMs: [],
  gaveUp: false,
  servedBy: null,
});

const apply = (order: Order, event: LedgerEvent): Order => {
  const attempts = Math.max(order.attempts, event.attempts);
  switch (event.t) {
    case LEDGER_EVENT.start:
      return order;
    case LEDGER_EVENT.attemptFailed:
      return { ...order, attempts, failedAttemptAtMs: [...order.failedAttemptAtMs, event.atMs] };
    case LEDGER_EVENT.fail:
      return { ...order, attempts, gaveUp: true };
    case LEDGER_EVENT.ack:
      return { ...order, attempts, ackAtMs: event.atMs, servedBy: event.servedBy ?? null };
  }
};

/** Folds the ledger's lines, in the order they were written, into one entry per order, oldest start first. */
export const foldOrders = (events: readonly LedgerEvent[]): readonly Order[] => {
  const orders = new Map<string, Order>();
  for (const event of events) {
    orders.set(event.id, apply(orders.get(event.id) ?? begin(event), event));
  }
  return [...orders.values()].sort((a, b) => a.startedAtMs - b.startedAtMs);
};

/** Good = acknowledged at the first attempt, hence within that attempt's own deadline. */
export const isGood = (order: Order): boolean => order.ackAtMs !== null && order.attempts === 1;

/** When the ledger's last line was written; what started just before it may simply not have an answer yet. */
export const ledgerEndMs = (events: readonly LedgerEvent[]): number =>
  events.reduce((latest, event) => Math.max(latest, event.atMs), Number.NEGATIVE_INFINITY);

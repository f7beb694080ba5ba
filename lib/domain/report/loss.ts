import type { Order } from './ledger-event';

/** What was found in the surviving database, and when it was read. */
export interface Survivors {
  readonly ids: ReadonlySet<string>;
  /** An order acknowledged after this instant may have been committed after the read: it is not judged. */
  readonly readAtMs: number;
}

export interface Loss {
  readonly lostIds: readonly string[];
  /** Age at the fault of the oldest acknowledged order that is missing; 0 when none is missing. */
  readonly rpoMs: number;
}

/**
 * Every order acknowledged before the read must be among the survivors. `knownLost` are ids that an earlier
 * scenario of the same run has already reported, so that one loss is not counted twice.
 * An order acknowledged *after* the fault and missing adds nothing to the age, but it is lost all the same.
 */
export const measureLoss = (
  orders: readonly Order[],
  faultAtMs: number,
  survivors: Survivors,
  knownLost: ReadonlySet<string> = new Set(),
): Loss => {
  const missing = orders.flatMap(({ id, ackAtMs }) =>
    ackAtMs !== null && ackAtMs < survivors.readAtMs && !survivors.ids.has(id) && !knownLost.has(id)
      ? [{ id, ackAtMs }]
      : [],
  );
  const oldestAckMs = missing.reduce((oldest, { ackAtMs }) => Math.min(oldest, ackAtMs), faultAtMs);
  return { lostIds: missing.map(({ id }) => id), rpoMs: faultAtMs - oldestAckMs };
};

import { randomUUID } from 'node:crypto';

/** What a client asks for; `body` is what it sent, kept so that a reused key is noticed. */
export interface OrderRequest {
  readonly id: string;
  readonly idempotencyKey: string;
  readonly amount: number;
  readonly body: string;
}

export interface StoredOrder {
  readonly id: string;
  readonly amount: string;
  readonly acceptedZone: string;
}

/** Why an order was not acknowledged. */
export const REFUSAL = {
  noWriter: 'no-writer',
  readOnly: 'read-only',
  busy: 'no-connection',
  connectionLost: 'connection-lost',
  notReplicated: 'not-replicated',
  deadline: 'deadline',
  rejected: 'rejected-by-database',
  /** Of Redis; PostgreSQL has the order then. */
  noIndex: 'no-index-writer',
  indexBusy: 'no-index-connection',
  indexLost: 'index-connection-lost',
  indexNotReplicated: 'index-not-replicated',
  /** Of the objects; PostgreSQL and Redis have the order then. */
  noReceiptWriter: 'no-receipt-writer',
  receiptLost: 'receipt-store-lost',
  /** Of Kafka; the others have the order then. */
  eventUnknown: 'event-unknown',
} as const;
export type Refusal = (typeof REFUSAL)[keyof typeof REFUSAL];

export type PlaceOutcome =
  | {
      readonly kind: 'acknowledged';
      readonly order: StoredOrder;
      readonly replayed: boolean;
      readonly writer: string;
    }
  | { readonly kind: 'conflict'; readonly message: string }
  /** `written: 'unknown'` = it may be there, now or later: only the same key may be tried again. */
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly written: 'no' | 'unknown' };

export type Parsed =
  { readonly ok: true; readonly request: OrderRequest } | { readonly ok: false; readonly message: string };

const MAX_KEY_LENGTH = 200;
const isKey = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= MAX_KEY_LENGTH;

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads POST /orders; the message says what was found and what is allowed. */
export const parseOrder = (idempotencyKey: unknown, text: string): Parsed => {
  if (!isKey(idempotencyKey)) {
    return { ok: false, message: `header Idempotency-Key: 1 to ${MAX_KEY_LENGTH} characters are needed` };
  }
  const body = parseJson(text);
  if (!isRecord(body)) return { ok: false, message: 'body: a JSON object is needed' };
  const { id = randomUUID(), amount } = body;
  if (!isKey(id)) return { ok: false, message: `id: a text of 1 to ${MAX_KEY_LENGTH} characters is needed` };
  if (typeof amount !== 'number' || !Number.isFinite(amount) || amount <= 0) {
    return { ok: false, message: `amount: a number above 0 is needed, found ${JSON.stringify(amount)}` };
  }
  return { ok: true, request: { id, idempotencyKey, amount, body: JSON.stringify(body) } };
};

import type { ZoneId } from '../../domain/topology';
import type { Deadline } from '../../engines/deadline';
import { startDeadline } from '../../engines/deadline';
import type { ObjectStoreAccess } from '../../engines/object-store/access';
import type { Bucket } from '../../engines/object-store/bucket';
import { isTombstone } from '../../engines/object-store/held';
import type { Read } from '../../engines/object-store/multi-path-reader';
import { createMultiPathReader } from '../../engines/object-store/multi-path-reader';
import { createZoneStores } from '../../engines/object-store/replicated/zone-stores';
import type { ReceiptsWriter } from './receipts-writer';
import { watchReceiptsWriter } from './receipts-writer';

/** Why there is no receipt; the order is not acknowledged then. */
export const RECEIPT_REFUSAL = {
  noWriter: 'no-receipt-writer',
  lost: 'receipt-store-lost',
} as const;
export type ReceiptRefusal = (typeof RECEIPT_REFUSAL)[keyof typeof RECEIPT_REFUSAL];

export type ReceiptOutcome =
  | { readonly kind: 'kept'; readonly zone: ZoneId }
  | { readonly kind: 'conflict'; readonly message: string }
  /** It may be there, now or later: the same order may be tried again. */
  | { readonly kind: 'refused'; readonly refusal: ReceiptRefusal };

export interface Receipt {
  readonly id: string;
  /** What was ordered, as the client sent it. */
  readonly body: string;
}

/** One receipt an order, kept by the writer's object store before the order is acknowledged. */
export interface OrderReceipts {
  /** The same receipt twice is as once. Deadlines are instants on performance.now()'s clock. */
  put(receipt: Receipt, deadlineMs: number): Promise<ReceiptOutcome>;
  /** From the writer's copy or, when it does not answer, from the other one. @throws when neither does */
  read(id: string, deadlineMs: number): Promise<Read>;
  /** The zone whose store keeps them now; null: none, as far as is known. */
  writer(): ZoneId | null;
  close(): Promise<void>;
}

export interface ReceiptsOptions {
  /** With the workload's own credentials. */
  readonly stores: Readonly<Record<ZoneId, ObjectStoreAccess>>;
  readonly lookEveryMs?: number;
}

const RECEIPT_PREFIX = 'receipts/';
export const receiptKeyOf = (id: string): string => `${RECEIPT_PREFIX}${encodeURIComponent(id)}`;

const until = (deadlineMs: number): Deadline => startDeadline(Math.max(1, deadlineMs - performance.now()));

/** Only where there is none: what was kept once is never replaced. */
async function keep(bucket: Bucket, receipt: Receipt, deadline: Deadline): Promise<'kept' | 'other'> {
  const body = Buffer.from(receipt.body);
  const attributes = { ContentType: 'application/json' };
  const key = receiptKeyOf(receipt.id);
  const put = await bucket.put(key, body, { attributes, ifMatch: '' }, deadline);
  if (put !== null) return 'kept';
  const found = await bucket.get(key, deadline);
  if (found === null || !isTombstone(found.metadata))
    return found?.body.equals(body) === true ? 'kept' : 'other';
  // It was lost with a zone, and put aside when that came back: "not there".
  const again = await bucket.put(key, body, { attributes, ifMatch: found.etag }, deadline);
  return again === null ? 'other' : 'kept';
}

export function createOrderReceipts({ stores, lookEveryMs }: ReceiptsOptions): OrderReceipts {
  const options = Object.entries(stores).map(([zone, access]) => [zone, { access, gate: null }] as const);
  const zones = createZoneStores(Object.fromEntries(options));
  const all = zones.zones.map((zone) => zones.at(zone));
  const writer: ReceiptsWriter = watchReceiptsWriter(
    all.map(({ cursor }) => cursor),
    lookEveryMs,
  );
  const reader = createMultiPathReader(all, writer.current);
  return {
    put: async (receipt, deadlineMs) => {
      const zone = writer.current();
      if (zone === null) {
        writer.lookNow();
        return { kind: 'refused', refusal: RECEIPT_REFUSAL.noWriter };
      }
      try {
        const kept = await keep(zones.at(zone).bucket, receipt, until(deadlineMs));
        if (kept === 'kept') return { kind: 'kept', zone };
        return { kind: 'conflict', message: `another receipt is kept under ${receipt.id}` };
      } catch {
        // Fenced, full, dead or silent: whatever it was, the receipt may be there.
        writer.lookNow();
        return { kind: 'refused', refusal: RECEIPT_REFUSAL.lost };
      }
    },
    read: (id, deadlineMs) => reader.read(receiptKeyOf(id), until(deadlineMs)),
    writer: writer.current,
    close: async () => {
      await writer.close();
      zones.close();
    },
  };
}

interface Kept {
  readonly isThere: boolean;
  readonly versions: number;
}

async function holdsReceipt(bucket: Bucket, key: string, deadline: Deadline): Promise<boolean> {
  const head = await bucket.head(key, deadline);
  return head !== null && head !== 'deleted' && !isTombstone(head.metadata);
}

/**
 * The orders that one store has a receipt of, and how many versions of it: what the ledger of acknowledged orders is compared
 * with.
 */
export async function readReceipts(
  bucket: Bucket,
  deadlineOf: () => Deadline,
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, Kept>();
  for (
    let after: { key: string; versionId?: string | undefined } | null = null, isFirst = true;
    isFirst || after !== null;
    isFirst = false
  ) {
    const page = await bucket.list({ prefix: RECEIPT_PREFIX, after }, deadlineOf());
    for (const { key, isMarker } of page.versions) {
      const { isThere, versions } = found.get(key) ?? { isThere: !isMarker, versions: 0 };
      found.set(key, { isThere, versions: versions + 1 });
    }
    after = page.next;
  }
  const kept = new Map<string, number>();
  for (const [key, { isThere, versions }] of found) {
    // A tombstone is listed as any version, and is never the first one.
    const isKept = isThere && (versions === 1 || (await holdsReceipt(bucket, key, deadlineOf())));
    if (isKept) kept.set(decodeURIComponent(key.slice(RECEIPT_PREFIX.length)), versions);
  }
  return kept;
}

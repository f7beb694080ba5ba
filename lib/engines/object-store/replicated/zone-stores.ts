import { randomUUID } from 'node:crypto';
import { InvalidConfiguration } from '../../../domain/errors';
import type { ZoneId } from '../../../domain/topology';
import type { ObjectStoreAccess } from '../access';
import { controlBucketOf, createClient } from '../access';
import type { Bucket } from '../bucket';
import { createBucket } from '../bucket';
import type { CursorObject } from '../cursor-object';
import { createCursorObject } from '../cursor-object';
import type { WriteGate } from '../write-gate';

/** One zone's store, and all that Evac has there. */
export interface ZoneStore {
  readonly zone: ZoneId;
  readonly host: string;
  readonly bucket: Bucket;
  readonly control: Bucket;
  readonly cursor: CursorObject;
  /** Null: nothing can keep the workload out of this one but power. */
  readonly gate: WriteGate | null;
}

export interface ZoneStoreOptions {
  readonly access: ObjectStoreAccess;
  readonly gate: WriteGate | null;
}

export interface ZoneStores {
  readonly zones: readonly ZoneId[];
  at(zone: ZoneId): ZoneStore;
  close(): void;
}

/** @throws InvalidConfiguration for a zone without a store. */
export function createZoneStores(options: Readonly<Record<ZoneId, ZoneStoreOptions>>): ZoneStores {
  const clients = new Map(
    Object.entries(options).map(([zone, { access }]) => [zone, createClient(access)] as const),
  );
  const stores = new Map<ZoneId, ZoneStore>();
  for (const [zone, { access, gate }] of Object.entries(options)) {
    const client = clients.get(zone) ?? createClient(access);
    const control = createBucket(client, controlBucketOf(access.bucket));
    stores.set(zone, {
      zone,
      host: access.endpoint === undefined ? `s3.${access.region}` : new URL(access.endpoint).host,
      bucket: createBucket(client, access.bucket),
      control,
      cursor: createCursorObject(control, zone, randomUUID),
      gate,
    });
  }
  return {
    zones: [...stores.keys()],
    at: (zone) => {
      const store = stores.get(zone);
      if (store !== undefined) return store;
      const known = [...stores.keys()].join(', ');
      throw new InvalidConfiguration(`objects have no store in ${zone}; they have in ${known}`);
    },
    close: () => clients.forEach((client) => client.destroy()),
  };
}

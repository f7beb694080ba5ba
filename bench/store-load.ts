import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kafkaOf, postgresOf, redisOf } from '../lib/domain/topology';
import type { Lab } from '../lib/lab/lab';
import { clientsPlace } from '../lib/lab/layout';
import { endProcess } from '../lib/lab/process-identity';
import type { StoreAck } from '../lib/lab/store-writer/store-writer';
import type { ServiceContext } from '../lib/lab/zone-services';
import { byZone, startService } from '../lib/lab/zone-services';

const END_GRACE_MS = 3_000;

export interface StoreLoad {
  stop(): Promise<void>;
  /** By store, in the order of their instants. */
  acknowledged(): Readonly<Record<string, readonly StoreAck[]>>;
}

/** One writer a store in the clients' zone, a write after the other. */
export const startStoreLoad = (lab: Lab, context: ServiceContext): StoreLoad => {
  const { topology } = lab.options;
  const record = join(lab.zones.layout.folder, `stores-${Date.now()}.jsonl`);
  const { postgres = '', redis = '' } = context.workloadPasswords;
  const process = startService(context, {
    place: clientsPlace,
    name: 'store-writer',
    args: {
      record,
      postgres: byZone(postgresOf(topology)),
      redis: byZone(redisOf(topology)),
      kafka: byZone(kafkaOf(topology)),
    },
    env: { ORDERS_DB_PASSWORD: postgres, ORDERS_REDIS_PASSWORD: redis },
  });
  return {
    stop: () => endProcess(process, END_GRACE_MS),
    acknowledged: () => {
      if (!existsSync(record)) return {};
      const acks = readFileSync(record, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as StoreAck);
      const stores = [...new Set(acks.map(({ store }) => store))];
      return Object.fromEntries(stores.map((name) => [name, acks.filter(({ store }) => store === name)]));
    },
  };
};

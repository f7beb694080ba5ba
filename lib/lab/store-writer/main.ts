import { parseArgs } from 'node:util';
import type { StoreAck } from './store-writer';
import { startStoreWriter } from './store-writer';
import type { StoreWrites } from './writes';
import { kafkaWrites, postgresWrites, redisWrites } from './writes';
import { createLineFile } from '../load/line-file';
import { ORDERS_DATABASE, ORDERS_ROLE } from '../orders/schema';
import { addressesByZone, zonedAddress } from '../zoned-address';

const USAGE = `store-writer --record FILE [--postgres ZONE=HOST:PORT …] [--redis ZONE=HOST:PORT …] [--kafka ZONE=HOST:PORT …]
     [--topic orders] [--every-ms 5]     (passwords: ORDERS_DB_PASSWORD, ORDERS_REDIS_PASSWORD; SIGTERM ends it)`;

const NAME = 'store-writer';

const usage = (found: string): never => {
  process.stderr.write(`${found}\n${USAGE}\n`);
  process.exit(2);
};

const secret = (name: string): string => process.env[name] ?? usage(`${name} is needed`);

const readOptions = () => {
  const many = { type: 'string', multiple: true, default: [] as string[] } as const;
  const { values } = parseArgs({
    options: {
      record: { type: 'string' },
      postgres: many,
      redis: many,
      kafka: many,
      topic: { type: 'string', default: 'orders' },
      'every-ms': { type: 'string', default: '5' },
    },
  });
  const everyMs = Number(values['every-ms']);
  if (!(everyMs > 0)) return usage(`--every-ms is ${values['every-ms']}`);
  const record = values.record ?? usage('--record is needed');
  const [postgres, redis, kafka] = [values.postgres, values.redis, values.kafka].map((servers) =>
    servers.map(zonedAddress),
  );
  return { record, everyMs, topic: values.topic, postgres, redis, kafka };
};

const main = (): void => {
  const { record, everyMs, topic, postgres = [], redis = [], kafka = [] } = readOptions();
  const user = ORDERS_ROLE;
  const stores: Record<string, StoreWrites> = {};
  if (postgres.length > 0)
    stores['postgres'] = postgresWrites({
      hosts: postgres,
      database: ORDERS_DATABASE,
      user,
      password: secret('ORDERS_DB_PASSWORD'),
      applicationName: NAME,
    });
  if (redis.length > 0)
    stores['redis'] = redisWrites({
      servers: redis,
      user,
      password: secret('ORDERS_REDIS_PASSWORD'),
      name: NAME,
    });
  if (kafka.length > 0) stores['kafka'] = kafkaWrites({ endpoints: addressesByZone(kafka), topic });
  const file = createLineFile<StoreAck>(record);
  const writers = Object.entries(stores).map(([store, { write }]) =>
    startStoreWriter({ store, write, record: file, everyMs }),
  );
  const end = async (): Promise<void> => {
    await Promise.all(writers.map((writer) => writer.close()));
    await Promise.all(Object.values(stores).map((each) => each.close()));
    file.close();
    process.exit(0);
  };
  process.once('SIGTERM', () => void end());
};

main();

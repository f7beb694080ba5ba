import { parseArgs } from 'node:util';
import type { DatabaseHost } from './database-access';
import { minioRegion } from '../minio-host/minio-host';
import type { ReceiptsOptions } from './order-receipts';
import { startOrders } from './orders-process';
import type { ZonedAddress } from '../zoned-address';
import { addressesByZone, zonedAddress } from '../zoned-address';

const USAGE = `orders --zone az-a --listen HOST:PORT --database HOST:PORT [--database HOST:PORT]
       [--redis ZONE=HOST:PORT …] [--kafka ZONE=HOST:PORT …] [--topic orders] [--objects ZONE=HOST:PORT …] [--bucket orders]
       [--dbname orders] [--user orders] [--deadline-ms 800]
       (passwords: ORDERS_DB_PASSWORD, ORDERS_REDIS_PASSWORD, ORDERS_OBJECTS_PASSWORD)`;

const log = (line: Readonly<Record<string, unknown>>): void => {
  process.stdout.write(`${JSON.stringify({ atMs: Date.now(), ...line })}\n`);
};

const usage = (found: string): never => {
  process.stderr.write(`${found}\n${USAGE}\n`);
  process.exit(2);
};

const address = (text: string | undefined): DatabaseHost => {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(text ?? '') ?? [];
  return host === undefined
    ? usage(`an address HOST:PORT is needed, found ${text}`)
    : { host, port: Number(port) };
};

const passwordFor = (option: string, variable: string, isNeeded: boolean): string => {
  const password = process.env[variable] ?? '';
  return isNeeded && password === '' ? usage(`with ${option}, ${variable} is needed`) : password;
};

/** The workload's own access key, which the gate of each zone's store is about. */
const OBJECTS_USER = 'workload';

const receiptsIn = (servers: readonly ZonedAddress[], bucket: string): ReceiptsOptions => {
  const secretAccessKey = passwordFor('--objects', 'ORDERS_OBJECTS_PASSWORD', true);
  const credentials = { accessKeyId: OBJECTS_USER, secretAccessKey };
  const stores = servers.map(
    ({ zone, host, port }) =>
      [zone, { endpoint: `http://${host}:${port}`, region: minioRegion, credentials, bucket }] as const,
  );
  return { stores: Object.fromEntries(stores) };
};

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      zone: { type: 'string' },
      listen: { type: 'string' },
      database: { type: 'string', multiple: true },
      redis: { type: 'string', multiple: true },
      kafka: { type: 'string', multiple: true },
      topic: { type: 'string', default: 'orders' },
      objects: { type: 'string', multiple: true },
      bucket: { type: 'string', default: 'orders' },
      dbname: { type: 'string', default: 'orders' },
      user: { type: 'string', default: 'orders' },
      'deadline-ms': { type: 'string', default: '800' },
    },
  });
  const { zone, database = [], redis = [], kafka = [], objects = [], topic, bucket, dbname, user } = values;
  const password = process.env['ORDERS_DB_PASSWORD'];
  if (zone === undefined || database.length === 0 || password === undefined) {
    return usage('--zone, at least one --database and ORDERS_DB_PASSWORD are needed');
  }
  const hosts = database.map(address);
  const access = { hosts, database: dbname, user, password, applicationName: `orders-${zone}` };
  const servers = redis.map(zonedAddress);
  const redisPassword = passwordFor('--redis', 'ORDERS_REDIS_PASSWORD', servers.length > 0);
  const events = { endpoints: addressesByZone(kafka.map(zonedAddress)), topic };
  const index = { servers, user, password: redisPassword, name: `orders-${zone}` };
  return {
    zone,
    access,
    ...(servers.length === 0 ? {} : { redis: index }),
    ...(kafka.length === 0 ? {} : { kafka: events }),
    ...(objects.length === 0 ? {} : { objects: receiptsIn(objects.map(zonedAddress), bucket) }),
    listen: address(values.listen),
    requestDeadlineMs: Number(values['deadline-ms']),
    log,
  };
};

const main = async (): Promise<void> => {
  const options = readOptions();
  const orders = await startOrders(options);
  log({ event: 'listening', zone: options.zone, port: orders.port, pid: process.pid });
  process.once('SIGTERM', () => {
    log({ event: 'draining', zone: options.zone });
    void orders.drain().then(() => process.exit(0));
  });
};

main().catch((error: unknown) => {
  process.stderr.write(`orders: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});

import { parseArgs } from 'node:util';
import type { DatabaseHost } from './database-access';
import { startOrders } from './orders-process';
import { addressesByZone, zonedAddress } from '../zoned-address';

const USAGE = `orders --zone az-a --listen HOST:PORT --database HOST:PORT [--database HOST:PORT]
       [--redis ZONE=HOST:PORT …] [--kafka ZONE=HOST:PORT …] [--topic orders] [--dbname orders] [--user orders] [--deadline-ms 800]
       (passwords: ORDERS_DB_PASSWORD, ORDERS_REDIS_PASSWORD)`;

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

const redisPassword = (isNeeded: boolean): string => {
  const password = process.env['ORDERS_REDIS_PASSWORD'] ?? '';
  return isNeeded && password === '' ? usage('with --redis, ORDERS_REDIS_PASSWORD is needed') : password;
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
      dbname: { type: 'string', default: 'orders' },
      user: { type: 'string', default: 'orders' },
      'deadline-ms': { type: 'string', default: '800' },
    },
  });
  const { zone, database = [], redis = [], kafka = [], topic, dbname, user } = values;
  const password = process.env['ORDERS_DB_PASSWORD'];
  if (zone === undefined || database.length === 0 || password === undefined) {
    return usage('--zone, at least one --database and ORDERS_DB_PASSWORD are needed');
  }
  const hosts = database.map(address);
  const access = { hosts, database: dbname, user, password, applicationName: `orders-${zone}` };
  const servers = redis.map(zonedAddress);
  const events = { endpoints: addressesByZone(kafka.map(zonedAddress)), topic };
  const index = { servers, user, password: redisPassword(servers.length > 0), name: `orders-${zone}` };
  return {
    zone,
    access,
    ...(servers.length === 0 ? {} : { redis: index }),
    ...(kafka.length === 0 ? {} : { kafka: events }),
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

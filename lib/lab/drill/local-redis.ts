import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Unreachable } from '../../domain/errors';
import type { ZoneId } from '../../domain/topology';
import type { Lab } from '../lab';
import { createRedisFiles } from '../redis-host/host-files';
import { redisFolderOf } from '../zone-services';

const TIMEOUT_MS = 15_000;
const AT_ONCE = 1_000;

/** All keys with this prefix and what they hold, read over the server's unix socket: no network fault is in the way. */
const readAll = async (client: Redis, prefix: string): Promise<ReadonlyMap<string, string>> => {
  const found = new Map<string, string>();
  for (let cursor = '0', isFirst = true; isFirst || cursor !== '0'; isFirst = false) {
    const [next, keys] = await client.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', AT_ONCE);
    cursor = next;
    const values = keys.length === 0 ? [] : await client.mget(keys);
    keys.forEach((key, index) => void found.set(key, values[index] ?? ''));
  }
  return found;
};

const removeAll = async (client: Redis, prefix: string): Promise<void> => {
  for (let cursor = '0', isFirst = true; isFirst || cursor !== '0'; isFirst = false) {
    const [next, keys] = await client.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', AT_ONCE);
    cursor = next;
    if (keys.length > 0) await client.unlink(keys);
  }
};

interface At {
  readonly lab: Lab;
  readonly zone: ZoneId;
}

/** As Evac's user, who may do everything there. @throws Unreachable naming the zone and what was wanted of it. */
export const onRedis = async <T>(
  { lab, zone }: At,
  what: string,
  act: (client: Redis) => Promise<T>,
): Promise<T> => {
  const files = createRedisFiles(join(redisFolderOf(lab.zones.layout), zone));
  const client = new Redis({
    path: files.socket,
    username: 'evac',
    password: readFileSync(files.password, 'utf8').trim(),
    protocol: 2,
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: TIMEOUT_MS,
    commandTimeout: TIMEOUT_MS,
  });
  // A lost connection says so twice: here, and by the rejected command.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await act(client);
  } catch (cause) {
    throw new Unreachable(`${what} in ${zone}: ${String(cause)}`, { cause });
  } finally {
    client.disconnect();
  }
};

/** Every key with a prefix, and its value. @throws Unreachable */
export const askRedis = (
  lab: Lab,
  zone: ZoneId,
  { what, prefix }: { readonly what: string; readonly prefix: string },
): Promise<ReadonlyMap<string, string>> => onRedis({ lab, zone }, what, (client) => readAll(client, prefix));

/** Removes every key with a prefix that is there all the time. @throws Unreachable */
export const forgetKeys = (
  lab: Lab,
  zone: ZoneId,
  { what, prefix }: { readonly what: string; readonly prefix: string },
): Promise<void> => onRedis({ lab, zone }, what, (client) => removeAll(client, prefix));

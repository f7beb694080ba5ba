import { join } from 'node:path';

/** Where one zone's Redis keeps its things; all of it belongs to the server's user. */
export interface RedisFiles {
  readonly folder: string;
  readonly data: string;
  readonly config: string;
  /** Redis' ACL file: hashes of passwords only. */
  readonly users: string;
  readonly log: string;
  /** Where the server listens, too: for who is on the machine, whatever the network does. */
  readonly socket: string;
  /** Evac's own password, mode 0600. */
  readonly password: string;
  readonly epoch: string;
  readonly firstBoot: string;
}

export const createRedisFiles = (folder: string): RedisFiles => ({
  folder,
  data: join(folder, 'data'),
  config: join(folder, 'redis.conf'),
  users: join(folder, 'users.acl'),
  log: join(folder, 'redis.log'),
  socket: join(folder, 'redis.sock'),
  password: join(folder, 'evac.password'),
  epoch: join(folder, 'epoch'),
  firstBoot: join(folder, 'first-boot'),
});

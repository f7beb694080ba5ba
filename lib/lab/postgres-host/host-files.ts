import { join } from 'node:path';

/** Where one zone's PostgreSQL keeps its things; all of it belongs to the server's user. */
export interface HostFiles {
  readonly folder: string;
  readonly data: string;
  /** Unix socket folder: reachable by path from every network namespace. */
  readonly sockets: string;
  readonly log: string;
  /** libpq's password file, mode 0600: no password is ever on a command line or in a connection string. */
  readonly passwords: string;
  /** The highest epoch the host agent has seen. */
  readonly epoch: string;
  /** Present until the first start after provisioning, which needs no seat: there is none yet. */
  readonly firstBoot: string;
}

export const createHostFiles = (folder: string): HostFiles => ({
  folder,
  data: join(folder, 'data'),
  sockets: join(folder, 'sockets'),
  log: join(folder, 'postgres.log'),
  passwords: join(folder, 'pgpass'),
  epoch: join(folder, 'epoch'),
  firstBoot: join(folder, 'first-boot'),
});

import { writeFileSync, chownSync } from 'node:fs';
import { join } from 'node:path';
import type { HostFiles } from './host-files';
import { writeDurably } from '../store-host/durable-file';
import type { OsUser } from '../store-host/os-user';

export interface ServerPlace {
  readonly zone: string;
  readonly listen: string;
  readonly port: number;
  /** Networks that may log in, with a password. */
  readonly networks: readonly string[];
}

export interface Upstream {
  readonly host: string;
  readonly port: number;
  /** application_name, carries the epoch (§3b.4). */
  readonly standbyName: string;
}

const quoted = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

const lines = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name} = ${quoted(value)}\n`)
    .join('');

/**
 * Closed by default: every server starts read-only for the workload and with no synchronous standby; only Evac opens
 * the one that the seat names, by ALTER SYSTEM. fsync stays on: a promise of durability is what is measured here.
 */
const settingsOf = (files: HostFiles, place: ServerPlace): Readonly<Record<string, string>> => ({
  listen_addresses: place.listen,
  port: `${place.port}`,
  unix_socket_directories: files.sockets,
  cluster_name: place.zone,
  max_connections: '100',
  // Evac's own: four witnesses, and an effect with its looks, while clients that wait for a standby hold all the others.
  superuser_reserved_connections: '12',
  shared_buffers: '32MB',
  // In the data folder, not in /dev/shm: a killed server leaves nothing there.
  dynamic_shared_memory_type: 'mmap',
  default_transaction_read_only: 'on',
  synchronous_commit: 'on',
  password_encryption: 'scram-sha-256',
  // Rewind needs it; a crash must not bring a server back behind the host agent, who asks the seat (§3b.8).
  wal_log_hints: 'on',
  restart_after_crash: 'off',
  // With the default of 5 s a promotion right after a death takes up to that long.
  wal_retrieve_retry_interval: '100ms',
  wal_receiver_timeout: '2s',
  wal_sender_timeout: '2s',
  wal_receiver_status_interval: '1s',
  // A standby that was away for a minute of load catches up; pg_rewind copies what is kept, so not more.
  wal_keep_size: '128MB',
  min_wal_size: '32MB',
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  log_timezone: 'UTC',
  timezone: 'UTC',
  log_line_prefix: '%m [%p] %q%a ',
});

const accessRules = (place: ServerPlace): string =>
  [
    'local all all scram-sha-256',
    ...place.networks.flatMap((network) => [
      `host all all ${network} scram-sha-256`,
      `host replication evac ${network} scram-sha-256`,
    ]),
    '',
  ].join('\n');

/** Written before each start: pg_rewind and pg_basebackup bring the files of the other side. */
export function writeServerConfig(files: HostFiles, place: ServerPlace, user: OsUser | null): void {
  const texts = { 'postgresql.conf': lines(settingsOf(files, place)), 'pg_hba.conf': accessRules(place) };
  for (const [name, text] of Object.entries(texts)) {
    const path = join(files.data, name);
    writeFileSync(path, text, { mode: 0o600 });
    if (user !== null) chownSync(path, user.uid, user.gid);
  }
}

const conninfoValue = (value: string): string =>
  `'${value.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;

/** libpq reads the password from the file; the connection string can be shown to anybody. */
export const conninfoOf = (files: HostFiles, upstream: Upstream): string =>
  Object.entries({
    host: upstream.host,
    port: `${upstream.port}`,
    user: 'evac',
    application_name: upstream.standbyName,
    passfile: files.passwords,
    connect_timeout: '2',
  })
    .map(([name, value]) => `${name}=${conninfoValue(value)}`)
    .join(' ');

const autoConf = 'postgresql.auto.conf';

/** A writer's own settings: open, and waiting for `standbyName`. */
export const writePrimarySettings = (files: HostFiles, standbyName: string, user: OsUser | null): void =>
  writeDurably(
    join(files.data, autoConf),
    lines({
      default_transaction_read_only: 'off',
      synchronous_standby_names: `FIRST 1 ("${standbyName}")`,
    }),
    user,
  );

/** Written anew, never edited: the file that came with a rewind or a clone is the other side's, open and synchronous. */
export function writeStandbySettings(files: HostFiles, upstream: Upstream, user: OsUser | null): void {
  const settings = {
    primary_conninfo: conninfoOf(files, upstream),
    default_transaction_read_only: 'on',
    synchronous_standby_names: '',
  };
  writeDurably(join(files.data, autoConf), lines(settings), user);
  writeDurably(join(files.data, 'standby.signal'), '', user);
}

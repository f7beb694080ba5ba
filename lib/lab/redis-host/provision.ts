import { createHash, randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ZoneId } from '../../domain/topology';
import type { FenceRow } from '../../engines/redis/replica/fence-row';
import { writeFenceRow } from '../../engines/redis/replica/fence-row';
import { replicaNameOf } from '../../engines/redis/replica/synchronous-wait';
import { writeDurably } from '../store-host/durable-file';
import type { OsUser } from '../store-host/os-user';
import type { RedisFiles } from './host-files';
import { createRedisFiles } from './host-files';
import type { RedisHost, Upstream } from './redis-host';

type Place = RedisHost['place'];

export interface RedisProvisionOptions {
  /** Everything of these servers goes in here; it must not exist yet. */
  readonly folder: string;
  readonly user: OsUser | null;
  readonly primary: Place;
  readonly standby: Place;
  /** The seat's first epoch. */
  readonly epoch: number;
  /** ACL user and the keys that are its own, e.g. `orders:*`. */
  readonly workload: { readonly user: string; readonly keys: string };
}

export interface RedisProvisioned {
  readonly hosts: Readonly<Record<ZoneId, RedisFiles>>;
  readonly passwords: { readonly evac: string; readonly workload: string };
}

const newPassword = (): string => randomBytes(24).toString('base64url');
const hashOf = (password: string): string => createHash('sha256').update(password).digest('hex');

interface Passwords {
  readonly evac: string;
  readonly workload: string;
  readonly replication: string;
}

/**
 * The workload reads the fence row and writes its own keys; a replica may do nothing but follow. Nobody comes in as `default`,
 * and it may do everything: Redis replays its append-only file as that user (see `replayFindings`).
 */
const usersFile = ({ workload }: RedisProvisionOptions, passwords: Passwords): string =>
  `user default off resetpass ~* &* +@all
user evac on #${hashOf(passwords.evac)} ~* &* +@all
user evac-replication on #${hashOf(passwords.replication)} -@all +psync +replconf +ping
user ${workload.user} on #${hashOf(passwords.workload)} ~${workload.keys} %R~evac:fence +@all -@admin -@dangerous
`;

/**
 * repl-timeout: a frozen peer is given up after 3 s. The backlog lets a short absence catch up without a whole copy.
 * No `save`: the append-only file is the one copy on disk. It is synced before each answer, or a writer that comes back
 * after a power cut would lack what its replica has, and the replica would follow it there.
 */
const configFile = (files: RedisFiles, place: Place, replication: string): string => `bind ${place.listen}
port ${place.port}
unixsocket ${files.socket}
unixsocketperm 700
dir ${files.data}
aclfile ${files.users}
masteruser evac-replication
masterauth ${replication}
daemonize no
protected-mode no
appendonly yes
appendfsync always
save ""
replica-announce-ip ${place.listen}
replica-read-only yes
repl-diskless-sync yes
repl-diskless-sync-delay 0
repl-ping-replica-period 1
repl-timeout 3
repl-backlog-size 64mb
tcp-keepalive 5
`;

/** Redis' protocol, which its append-only file is written in. */
const asProtocol = (command: readonly (string | number)[]): string =>
  [
    `*${command.length}`,
    ...command.flatMap((part) => [`$${Buffer.byteLength(String(part))}`, String(part)]),
    '',
  ].join('\r\n');

/** Names the first start's upstream; gone with the mark itself, since later starts are the seat's to decide. */
const markFirst = (upstream: Upstream | null): string =>
  upstream === null ? 'writer\n' : `${upstream.host} ${upstream.port}\n`;

/** Whom the first start follows; null: nobody, it is the writer. Read before the mark is removed. */
export function firstUpstream(files: RedisFiles): Upstream | null {
  const path = `${files.firstBoot}-role`;
  const [host, port] = existsSync(path) ? readFileSync(path, 'utf8').trim().split(' ') : [];
  return host === undefined || port === undefined ? null : { host, port: Number(port) };
}

function makeHost(options: RedisProvisionOptions, place: Place, passwords: Passwords): RedisFiles {
  const { folder, user } = options;
  const files = createRedisFiles(join(folder, place.zone));
  for (const path of [files.folder, files.data]) {
    mkdirSync(path, { recursive: true, mode: 0o750 });
    if (user !== null) chownSync(path, user.uid, user.gid);
  }
  writeDurably(files.users, usersFile(options, passwords), user);
  writeDurably(files.config, configFile(files, place, passwords.replication), user);
  writeDurably(files.password, `${passwords.evac}\n`, user);
  const { primary } = options;
  const upstream = place.zone === primary.zone ? null : { host: primary.listen, port: primary.port };
  writeDurably(`${files.firstBoot}-role`, markFirst(upstream), user);
  writeDurably(files.firstBoot, 'first\n', user);
  return files;
}

/** Two servers at the seat's first epoch: the primary holds the fence row, the standby is empty and follows. */
export function provisionRedis(options: RedisProvisionOptions): RedisProvisioned {
  const passwords = { evac: newPassword(), workload: newPassword(), replication: newPassword() };
  const { folder, primary, standby, epoch, user } = options;
  // The servers' user owns what is in it, and has to get there.
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const [first, second] = [makeHost(options, primary, passwords), makeHost(options, standby, passwords)];
  const row: FenceRow = {
    epoch,
    zone: primary.zone,
    standby: replicaNameOf(standby.zone, epoch),
    timeline: 1,
  };
  writeDurably(join(first.data, 'appendonly.aof'), asProtocol(writeFenceRow(row)), user);
  return {
    hosts: { [primary.zone]: first, [standby.zone]: second },
    passwords: { evac: passwords.evac, workload: passwords.workload },
  };
}

import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ZoneId } from '../../domain/topology';
import { standbyNameOf } from '../../engines/postgres/streaming/synchronous-gate';
import type { PostgresBinaries } from '../postgres-binaries';
import type { HostFiles } from './host-files';
import { writeDurably } from '../store-host/durable-file';
import { createHostFiles } from './host-files';
import { findOsUser } from '../store-host/os-user';
import type { PostgresTools } from './postgres-command';
import type { ServerPlace } from './server-config';
import { writePrimarySettings, writeServerConfig, writeStandbySettings } from './server-config';
import type { DatabaseNames } from './template';
import { copyFolder, ensureTemplate, runSingleUser } from './template';

export interface ProvisionOptions {
  /** Everything of these servers goes in here; it must not exist yet, and the server's user must be able to reach it. */
  readonly folder: string;
  /** Where the template is kept from lab to lab. */
  readonly cache: string;
  readonly binaries: PostgresBinaries;
  readonly osUser: string;
  readonly names: DatabaseNames;
  readonly primary: Omit<ServerPlace, 'networks'>;
  readonly standby: Omit<ServerPlace, 'networks'>;
  readonly networks: readonly string[];
  /** The seat's first epoch. */
  readonly epoch: number;
  /** SQL that makes the workload's tables, given its role's password; run as superuser in its database. */
  readonly workloadSql: (rolePassword: string) => string;
}

export interface ProvisionedPassword {
  readonly value: string;
  /** Mode 0600, this process's user's. */
  readonly path: string;
}

export interface Provisioned {
  readonly hosts: Readonly<Record<ZoneId, HostFiles>>;
  readonly passwords: { readonly evac: ProvisionedPassword; readonly workload: ProvisionedPassword };
}

/** Letters, digits, - and _: nothing to escape in SQL, in a password file or in a URL. */
const newPassword = (): string => randomBytes(24).toString('base64url');

function keepPassword(folder: string, name: string): ProvisionedPassword {
  const path = join(folder, `${name}.password`);
  const value = newPassword();
  writeFileSync(path, `${value}\n`, { mode: 0o600 });
  return { value, path };
}

function makeHostFolder(folder: string, evacPassword: string, { user }: PostgresTools): HostFiles {
  const files = createHostFiles(folder);
  for (const path of [files.folder, files.sockets]) {
    mkdirSync(path);
    chmodSync(path, 0o755);
    if (user !== null) chownSync(path, user.uid, user.gid);
  }
  writeDurably(files.passwords, `*:*:*:evac:${evacPassword}\n`, user);
  writeDurably(files.firstBoot, '', user);
  return files;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const firstStatements = (options: ProvisionOptions, evac: string, workload: string): readonly string[] => [
  `alter role evac password ${quoted(evac)}`,
  `alter role "${options.names.role}" password ${quoted(workload)}`,
  `insert into evac.fence (id, epoch, zone) values (1, ${options.epoch}, ${quoted(options.primary.zone)})`,
  options.workloadSql(workload),
];

/**
 * Makes the data folders of a primary and its synchronous standby, without starting anything: their host agents do,
 * in their zones. The standby is a copy, so both stream at once, under `<zone>-e<epoch>`; the primary acknowledges
 * nothing before that.
 * @throws CommandFailed, InvalidConfiguration.
 */
export async function provisionPostgres(options: ProvisionOptions): Promise<Provisioned> {
  const { folder, cache, binaries, names, networks, epoch } = options;
  const tools: PostgresTools = { binaries: binaries.folder, user: findOsUser(options.osUser) };
  const template = await ensureTemplate(tools, { cache, version: binaries.version, names });
  mkdirSync(folder, { recursive: true });
  const evac = keepPassword(folder, 'evac');
  const workload = keepPassword(folder, 'workload');
  const hostOf = ({ zone }: { readonly zone: ZoneId }): HostFiles =>
    makeHostFolder(join(folder, zone), evac.value, tools);
  const [primary, standby] = [hostOf(options.primary), hostOf(options.standby)];
  await copyFolder(template, primary.data);
  const statements = firstStatements(options, evac.value, workload.value);
  await runSingleUser(tools, primary.data, { database: names.database, statements });
  await copyFolder(primary.data, standby.data);
  const standbyName = standbyNameOf(options.standby.zone, epoch);
  writeServerConfig(primary, { ...options.primary, networks }, tools.user);
  writePrimarySettings(primary, standbyName, tools.user);
  const upstream = { host: options.primary.listen, port: options.primary.port, standbyName };
  writeServerConfig(standby, { ...options.standby, networks }, tools.user);
  writeStandbySettings(standby, upstream, tools.user);
  const hosts = { [options.primary.zone]: primary, [options.standby.zone]: standby };
  return { hosts, passwords: { evac, workload } };
}

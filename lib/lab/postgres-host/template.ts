import { createHash } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { runCommand } from '../run-tool';
import type { PostgresTools } from './postgres-command';
import { runPostgres } from './postgres-command';

/** Names become part of SQL that is run as superuser. */
export interface DatabaseNames {
  readonly database: string;
  /** The workload's own role. */
  readonly role: string;
}

/** initdb alone takes 0.7 s; the rest is short. */
const commandMs = 60_000;

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Evac's role is a superuser here; `createPostgresStreaming` says what it really needs. */
const clusterSql = ({ database, role }: DatabaseNames): readonly string[] => [
  'create role evac login superuser replication',
  `create role ${identifier(role)} login`,
  `create database ${identifier(database)}`,
];

/** Owned by Evac and written by it alone; §3b of the design says what each is for. */
const schemaSql: readonly string[] = [
  'create schema evac authorization evac',
  `create table evac.fence (id int primary key check (id = 1), epoch bigint not null, zone text not null)`,
  'create table evac.beacon (zone text primary key, at_ms bigint not null)',
  'alter table evac.fence owner to evac',
  'alter table evac.beacon owner to evac',
];

/**
 * Runs SQL on a data folder that no server uses; what it holds (passwords) is on no command line. -j: a statement
 * ends at an empty line.
 * @throws CommandFailed at the first error.
 */
export async function runSingleUser(
  tools: PostgresTools,
  data: string,
  sql: { readonly database: string; readonly statements: readonly string[] },
): Promise<void> {
  const quiet = [
    '-c',
    'exit_on_error=on',
    '-c',
    'log_checkpoints=off',
    '-c',
    'default_transaction_read_only=off',
  ];
  const args = ['--single', '-j', ...quiet, '-D', data, sql.database];
  const input = sql.statements.map((statement) => `${statement};\n\n`).join('');
  await runPostgres(tools, { name: 'postgres', args, input, timeoutMs: commandMs });
}

/** Copies a data folder that no server uses, owners and modes included. */
export const copyFolder = (from: string, to: string): Promise<string> =>
  runCommand({ command: 'cp', args: ['-a', '--reflink=auto', from, to], timeoutMs: commandMs });

async function build(tools: PostgresTools, data: string, names: DatabaseNames): Promise<void> {
  const args = ['-D', data, '-U', 'postgres', '-A', 'reject', '-E', 'UTF8', '--locale=C', '-k', '--no-sync'];
  await runPostgres(tools, { name: 'initdb', args, timeoutMs: commandMs });
  await runSingleUser(tools, data, { database: 'postgres', statements: clusterSql(names) });
  await runSingleUser(tools, data, { database: names.database, statements: schemaSql });
}

/** Built where the server's user may go, then copied to the cache: the project may be in root's own folder. */
async function buildInto(cached: string, tools: PostgresTools, names: DatabaseNames): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'evac-template-'));
  if (tools.user !== null) chownSync(folder, tools.user.uid, tools.user.gid);
  const half = `${cached}.${basename(folder)}`;
  try {
    await build(tools, join(folder, 'data'), names);
    await copyFolder(join(folder, 'data'), half);
    // Somebody else may have been faster; both made the same.
    if (!existsSync(cached)) renameSync(half, cached);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(half, { recursive: true, force: true });
  }
}

/**
 * An initialised data folder without any password, made once per PostgreSQL version, names and schema.
 * Answers its path inside `cache`.
 */
export async function ensureTemplate(
  tools: PostgresTools,
  options: { readonly cache: string; readonly version: string; readonly names: DatabaseNames },
): Promise<string> {
  const { cache, version, names } = options;
  const recipe = JSON.stringify([clusterSql(names), schemaSql]);
  const hash = createHash('sha256').update(recipe).digest('hex').slice(0, 12);
  const cached = join(cache, `postgres-${version}-${hash}`);
  if (existsSync(cached)) return cached;
  mkdirSync(cache, { recursive: true });
  await buildInto(cached, tools, names);
  return cached;
}

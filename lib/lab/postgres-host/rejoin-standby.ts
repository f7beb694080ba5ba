import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DeadlineExceeded, Unreachable } from '../../domain/errors';
import { CommandFailed } from '../lab-errors';
import type { Rejoined, RejoinOrder } from '../../ports/host-control';
import { setAside } from '../store-host/set-aside';
import { waitUntil } from '../wait-until';
import { askLocally, askServer } from './local-server';
import type { PostgresTools } from './postgres-command';
import { runPostgres } from './postgres-command';
import type { HostFiles } from './host-files';
import type { ServerPlace, Upstream } from './server-config';
import { writeServerConfig, writeStandbySettings } from './server-config';
import { engineState, startServer, stopServerClean, stopServerNow } from './server-process';

export interface PostgresHost {
  readonly files: HostFiles;
  readonly place: ServerPlace;
  readonly tools: PostgresTools;
  readonly log: (event: string, detail: Readonly<Record<string, unknown>>) => void;
}

/** A new copy from nothing. */
type Fresh = Pick<RejoinOrder, 'epoch' | 'keep'>;

/** One start, shutdown or crash recovery of a server, ms: far more than it takes, far less than for ever. */
const serverStepMs = 30_000;
const rewindMs = 120_000;
const cloneMs = 600_000;
/** A standby whose history fits streams within two retries (100 ms); one whose history does not never will. */
const streamsSoonMs = 1_500;
const streamsMs = 15_000;

const receiverQuery = `select sender_host, sender_port, conninfo from pg_stat_wal_receiver where status = 'streaming'`;

/** The receiver says "streaming" before its upstream has agreed to the position; the upstream says it only after. */
const senderQuery = `select 1 as accepted from pg_stat_replication
  where application_name = $1 and state in ('catchup', 'streaming')`;

interface Streaming {
  readonly fromUpstream: boolean;
  readonly underName: boolean;
}

async function readStreaming({ files, place }: PostgresHost, upstream: Upstream): Promise<Streaming> {
  const row = await askLocally(files, place.port, receiverQuery);
  const fromUpstream = row?.['sender_host'] === upstream.host && row['sender_port'] === upstream.port;
  const words = String(row?.['conninfo']).split(' ');
  if (!fromUpstream || !words.includes(`application_name=${upstream.standbyName}`))
    return { fromUpstream, underName: false };
  const question = { text: senderQuery, values: [upstream.standbyName] };
  return { fromUpstream, underName: (await askServer(files, upstream, question)) !== null };
}

async function streamsWithin(host: PostgresHost, upstream: Upstream, timeoutMs: number): Promise<boolean> {
  const what = `${host.place.zone} to stream from ${upstream.host} as ${upstream.standbyName}`;
  try {
    await waitUntil(
      { what, timeoutMs, everyMs: 15 },
      async () => (await readStreaming(host, upstream)).underName,
    );
    return true;
  } catch (error) {
    if (error instanceof DeadlineExceeded) return false;
    throw error;
  }
}

async function startAsStandby(host: PostgresHost, upstream: Upstream): Promise<void> {
  const { files, place, tools } = host;
  writeServerConfig(files, place, tools.user);
  writeStandbySettings(files, upstream, tools.user);
  await startServer(tools, files, serverStepMs);
}

/** Points a running standby somewhere, or under another name; PostgreSQL reconnects at the reload. */
async function repoint(host: PostgresHost, upstream: Upstream): Promise<void> {
  const { files, place, tools } = host;
  writeStandbySettings(files, upstream, tools.user);
  await askLocally(files, place.port, 'select pg_reload_conf()');
}

/** Data is thrown away only for an upstream that is there to give it again. @throws Unreachable */
async function requireUpstream({ files, place }: PostgresHost, upstream: Upstream): Promise<void> {
  if ((await askServer(files, upstream, { text: 'select 1', values: [] })) !== null) return;
  throw new Unreachable(`${place.zone} cannot rejoin: ${upstream.host}:${upstream.port} does not answer it`);
}

/** Nothing is thrown away where the history fits: then the standby only has to be told. */
async function keepStandby(host: PostgresHost, upstream: Upstream): Promise<Rejoined | null> {
  const { files } = host;
  const isRunning = engineState(files.data) !== 'stopped';
  const before = await readStreaming(host, upstream);
  if (before.underName) return { how: 'already' };
  await (isRunning ? repoint(host, upstream) : startAsStandby(host, upstream));
  if (await streamsWithin(host, upstream, streamsSoonMs))
    return { how: before.fromUpstream ? 'already' : 'restarted' };
  await requireUpstream(host, upstream);
  await stopServerClean(files, serverStepMs);
  return null;
}

/** Finds where the histories parted and takes over from there; runs crash recovery itself if the stop was not clean. */
async function rewind({ files, tools }: PostgresHost, upstream: Upstream): Promise<void> {
  const source = `host=${upstream.host} port=${upstream.port} user=evac dbname=postgres connect_timeout=2`;
  // --no-sync: the start that follows syncs the whole folder before it recovers anything.
  const args = ['--target-pgdata', files.data, '--source-server', source, '--no-sync'];
  await runPostgres(tools, { name: 'pg_rewind', args, passwordFile: files.passwords, timeoutMs: rewindMs });
}

async function clone({ files, tools }: PostgresHost, upstream: Upstream): Promise<void> {
  rmSync(files.data, { recursive: true, force: true });
  const source = `host=${upstream.host} port=${upstream.port} user=evac dbname=postgres connect_timeout=2`;
  const args = ['--pgdata', files.data, '--dbname', source, '--wal-method=stream', '--checkpoint=fast'];
  await runPostgres(tools, {
    name: 'pg_basebackup',
    args,
    passwordFile: files.passwords,
    timeoutMs: cloneMs,
  });
}

async function cloned(host: PostgresHost, upstream: Upstream): Promise<Rejoined> {
  await clone(host, upstream);
  return { how: 'recloned' };
}

async function rewindOrClone(host: PostgresHost, upstream: Upstream): Promise<Rejoined> {
  try {
    await rewind(host, upstream);
    return { how: 'rewound' };
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    host.log('rewind failed, cloning', { why: error.message });
    return cloned(host, upstream);
  }
}

async function timed<T>(host: PostgresHost, step: string, act: () => Promise<T>): Promise<T> {
  const startedMs = performance.now();
  const result = await act();
  host.log('rejoin step', { step, tookMs: Math.round(performance.now() - startedMs) });
  return result;
}

/** Only for an upstream that answers is a copy given up, whatever is wrong with it. */
async function makeRoom(host: PostgresHost, upstream: Upstream, order: Fresh): Promise<string | null> {
  const { files, tools } = host;
  await requireUpstream(host, upstream);
  const place = { data: files.data, user: tools.user };
  return setAside(place, order, { stop: () => stopServerNow(files, serverStepMs) });
}

/** Null when it does not stream although the upstream answers: then the histories do not fit. */
async function startAndStream(
  host: PostgresHost,
  upstream: Upstream,
  timeoutMs: number,
): Promise<true | null> {
  await timed(host, 'start', () => startAsStandby(host, upstream));
  if (await timed(host, 'stream', () => streamsWithin(host, upstream, timeoutMs))) return true;
  await requireUpstream(host, upstream);
  return null;
}

/** Keeps what fits, else rewinds, else clones. */
async function followUpstream(host: PostgresHost, upstream: Upstream): Promise<Rejoined> {
  const { files } = host;
  const has = (name: string): boolean => existsSync(join(files.data, name));
  if (has('standby.signal')) {
    const kept = await keepStandby(host, upstream);
    if (kept !== null) return kept;
  }
  await timed(host, 'stop', () => stopServerNow(files, serverStepMs));
  await requireUpstream(host, upstream);
  const rejoined = await (has('PG_VERSION')
    ? timed(host, 'rewind', () => rewindOrClone(host, upstream))
    : timed(host, 'clone', () => cloned(host, upstream)));
  if ((await startAndStream(host, upstream, streamsSoonMs * 2)) !== null) return rejoined;
  // pg_rewind says "no rewind required" of some histories that do not fit: it compares the control files only.
  await stopServerNow(files, serverStepMs);
  await timed(host, 'clone', () => clone(host, upstream));
  if ((await startAndStream(host, upstream, streamsMs)) !== null) return { how: 'recloned' };
  throw new DeadlineExceeded(
    `${host.place.zone} was cloned and does not stream from ${upstream.host}; see ${files.log}`,
  );
}

/**
 * Makes this host's server a standby of `upstream`: keeps it where its history fits, else rewinds, else clones; with `fresh` it is
 * always cloned. A former writer is stopped at once, so that it acknowledges nothing more. Returns when it streams under its name.
 * @throws Unreachable when the upstream does not answer, CommandFailed when it could not be cloned, DeadlineExceeded, NoRoom.
 */
export async function rejoinStandby(
  host: PostgresHost,
  upstream: Upstream,
  fresh: Fresh | null = null,
): Promise<Rejoined> {
  const kept = fresh === null ? null : await makeRoom(host, upstream, fresh);
  const rejoined = await followUpstream(host, upstream);
  return kept === null ? rejoined : { ...rejoined, kept };
}

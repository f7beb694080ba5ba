import { DeadlineExceeded, Unreachable } from '../../domain/errors';
import type { Rejoined, RejoinOrder } from '../../ports/host-control';
import { setAside } from '../store-host/set-aside';
import { waitUntil } from '../wait-until';
import { askServer, placeOf, readInfo } from './local-server';
import type { RedisHost, Upstream } from './redis-host';
import { redisProcesses, startRedis, stopRedisNow } from './server-process';

/** A new copy from nothing. */
type Fresh = Pick<RejoinOrder, 'epoch' | 'keep'>;

const stopMs = 10_000;
/** A whole copy of the data over the network, far more than the lab's takes. */
const copyMs = 120_000;

/** How many whole copies the upstream has given so far. Null: it does not answer. */
const copiesGiven = ({ files }: RedisHost, upstream: Upstream): Promise<number | null> =>
  askServer(files, upstream, async (connection, deadline) => {
    const stats = String(await connection.run(['INFO', 'stats'], deadline));
    return Number(/^sync_full:(\d+)/m.exec(stats)?.[1] ?? 0);
  });

async function follows(host: RedisHost, { host: wanted, port }: Upstream): Promise<boolean> {
  const upstream = (await readInfo(host.files, placeOf(host)))?.upstream;
  return upstream?.host === wanted && upstream.port === port && upstream.isUp;
}

const waitFollowing = (host: RedisHost, upstream: Upstream): Promise<void> =>
  waitUntil({ what: `${host.place.zone} to follow ${upstream.host}`, timeoutMs: copyMs, everyMs: 10 }, () =>
    follows(host, upstream),
  );

/** One that answers is only told; it is a replica from that instant and refuses writes. */
const repoint = async (host: RedisHost, { host: name, port }: Upstream): Promise<boolean> =>
  (await askServer(host.files, placeOf(host), (connection, deadline) =>
    connection.run(['REPLICAOF', name, port], deadline),
  )) === 'OK';

async function restart(host: RedisHost, upstream: Upstream): Promise<void> {
  await stopRedisNow(host.files, stopMs);
  await startRedis(host, upstream);
}

/** Data is thrown away only for an upstream that is there to give it again. @throws Unreachable */
async function requireUpstream(host: RedisHost, upstream: Upstream): Promise<number> {
  const given = await copiesGiven(host, upstream);
  if (given !== null) return given;
  throw new Unreachable(
    `${host.place.zone} cannot rejoin: ${upstream.host}:${upstream.port} does not answer it`,
  );
}

async function makeRoom(host: RedisHost, upstream: Upstream, order: Fresh): Promise<string | null> {
  const { files, tools } = host;
  await requireUpstream(host, upstream);
  const place = { data: files.data, user: tools.user };
  return setAside(place, order, { stop: () => stopRedisNow(files, stopMs) });
}

/** Redis itself keeps what fits the upstream's history and takes a whole copy where it does not. */
async function followUpstream(host: RedisHost, upstream: Upstream): Promise<Rejoined> {
  const { files, place } = host;
  if (redisProcesses(files.data).length > 0 && (await follows(host, upstream))) return { how: 'already' };
  const before = await requireUpstream(host, upstream);
  const isTold = redisProcesses(files.data).length > 0 && (await repoint(host, upstream));
  if (!isTold) await restart(host, upstream);
  await waitFollowing(host, upstream);
  const after = await copiesGiven(host, upstream);
  if (after === null) throw new DeadlineExceeded(`${upstream.host} fell silent while ${place.zone} rejoined`);
  host.log('rejoined', { isTold, copies: after - before });
  return { how: after > before ? 'recloned' : 'restarted' };
}

/**
 * Makes this host's server a replica of `upstream`. A server that does not answer is killed first, so that it acknowledges nothing
 * more. With `fresh` it begins with nothing: what somebody wrote to the copy alone is in no history, and Redis would keep it.
 * @throws Unreachable when the upstream does not answer: nothing is thrown away then, CommandFailed, DeadlineExceeded, NoRoom.
 */
export async function rejoinReplica(
  host: RedisHost,
  upstream: Upstream,
  fresh: Fresh | null = null,
): Promise<Rejoined> {
  const kept = fresh === null ? null : await makeRoom(host, upstream, fresh);
  const rejoined = await followUpstream(host, upstream);
  return kept === null ? rejoined : { ...rejoined, kept };
}

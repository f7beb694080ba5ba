import { DeadlineExceeded, Unreachable } from '../../domain/errors';
import type { Rejoined } from '../store-host/store-host';
import { waitUntil } from '../wait-until';
import { askServer, placeOf, readInfo } from './local-server';
import type { RedisHost, Upstream } from './redis-host';
import { redisProcesses, startRedis, stopRedisNow } from './server-process';

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

/**
 * Makes this host's server a replica of `upstream`: Redis itself keeps what fits the upstream's history and takes a whole copy
 * where it does not. A server that does not answer is killed first, so that it acknowledges nothing more.
 * @throws Unreachable when the upstream does not answer: nothing is thrown away then, CommandFailed, DeadlineExceeded.
 */
export async function rejoinReplica(host: RedisHost, upstream: Upstream): Promise<Rejoined> {
  const { files, place } = host;
  if (redisProcesses(files.data).length > 0 && (await follows(host, upstream))) return { how: 'already' };
  const before = await copiesGiven(host, upstream);
  if (before === null)
    throw new Unreachable(
      `${place.zone} cannot rejoin: ${upstream.host}:${upstream.port} does not answer it`,
    );
  const isTold = redisProcesses(files.data).length > 0 && (await repoint(host, upstream));
  if (!isTold) await restart(host, upstream);
  await waitFollowing(host, upstream);
  const after = await copiesGiven(host, upstream);
  if (after === null) throw new DeadlineExceeded(`${upstream.host} fell silent while ${place.zone} rejoined`);
  host.log('rejoined', { isTold, copies: after - before });
  return { how: after > before ? 'recloned' : 'restarted' };
}

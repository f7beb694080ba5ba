import { readFileSync } from 'node:fs';
import { EvacError } from '../../domain/errors';
import { startDeadline } from '../../engines/deadline';
import type { Connection } from '../../engines/redis/replica/connection';
import { connect } from '../../engines/redis/replica/connection';
import type { ReplicationInfo } from '../../engines/redis/replica/replication-info';
import { asReplicationInfo, readReplication } from '../../engines/redis/replica/replication-info';
import type { RedisFiles } from './host-files';
import type { RedisHost, Upstream } from './redis-host';

/** Such questions are answered from memory: one that takes longer is to a server that does not serve. */
const askTimeoutMs = 1_000;

export const passwordOf = (files: RedisFiles): string => readFileSync(files.password, 'utf8').trim();

/** Something asked of a server as Evac's user, this host's own or its upstream. Null: it does not answer, or is loading. */
export async function askServer<T>(
  files: RedisFiles,
  at: Upstream,
  ask: (connection: Connection, deadline: ReturnType<typeof startDeadline>) => Promise<T>,
): Promise<T | null> {
  const deadline = startDeadline(askTimeoutMs);
  let connection: Connection | null = null;
  try {
    connection = await connect(
      { ...at, user: 'evac', password: passwordOf(files) },
      { name: 'evac-host' },
      deadline,
    );
    return await ask(connection, deadline);
  } catch (error) {
    if (error instanceof EvacError || isReply(error)) return null;
    throw error;
  } finally {
    connection?.close();
  }
}

/** The server's own answer that it cannot serve now: LOADING, a wrong password while its users are read in. */
const isReply = (error: unknown): boolean => error instanceof Error && error.name === 'ReplyError';

export const placeOf = ({ place }: RedisHost): Upstream => ({ host: place.listen, port: place.port });

export const readInfo = (files: RedisFiles, at: Upstream): Promise<ReplicationInfo | null> =>
  askServer(files, at, async (connection, deadline) =>
    asReplicationInfo(await connection.run(readReplication, deadline)),
  );

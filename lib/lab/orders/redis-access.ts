import type { Connection } from '../../engines/redis/replica/connection';
import { connect } from '../../engines/redis/replica/connection';
import type { Deadline } from '../../engines/deadline';
import type { ZoneId } from '../../domain/topology';

export interface RedisServerAddress {
  readonly zone: ZoneId;
  readonly host: string;
  readonly port: number;
}

export interface RedisAccess {
  readonly servers: readonly RedisServerAddress[];
  readonly user: string;
  readonly password: string;
  /** Shown in CLIENT LIST. */
  readonly name: string;
}

/** @throws DeadlineExceeded, Unreachable, or the server's own error: a fenced one lets nobody of the workload in. */
export const openRedis = (
  { user, password, name }: RedisAccess,
  { host, port }: RedisServerAddress,
  deadline: Deadline,
): Promise<Connection> => connect({ host, port, user, password }, { name }, deadline);

import { InvalidConfiguration, Unreachable } from '../../../domain/errors';
import type { ZoneId } from '../../../domain/topology';
import type { Deadline } from '../../deadline';
import type { BrokerAddress, Connection } from './connection';
import { connect } from './connection';

export type Ask<T> = (connection: Connection, deadline: Deadline) => Promise<T>;

export interface Sessions {
  readonly zones: readonly ZoneId[];
  access(zone: ZoneId): BrokerAddress;
  open(zone: ZoneId, deadline: Deadline): Promise<Connection>;
  /** On a session of its own. */
  askIn<T>(zone: ZoneId, deadline: Deadline, ask: Ask<T>): Promise<T>;
  /** All of these brokers side by side; the first answer counts. @throws Unreachable naming each one's failure */
  askFirst<T>(zones: readonly ZoneId[], deadline: Deadline, ask: Ask<T>): Promise<T>;
}

const failuresIn = (error: unknown): readonly unknown[] =>
  error instanceof AggregateError ? (error.errors as readonly unknown[]) : [error];

/** @throws InvalidConfiguration for a zone without an endpoint. */
export function createSessions(endpoints: Readonly<Record<ZoneId, BrokerAddress>>): Sessions {
  const access = (zone: ZoneId): BrokerAddress => {
    const endpoint = endpoints[zone];
    if (endpoint !== undefined) return endpoint;
    const known = Object.keys(endpoints).join(', ');
    throw new InvalidConfiguration(`kafka has no endpoint in ${zone}; it has in ${known}`);
  };
  const open = async (zone: ZoneId, deadline: Deadline): Promise<Connection> =>
    connect(access(zone), { clientId: 'evac' }, deadline);
  const askIn = async <T>(zone: ZoneId, deadline: Deadline, ask: Ask<T>): Promise<T> => {
    const connection = await open(zone, deadline);
    try {
      return await ask(connection, deadline);
    } finally {
      connection.close();
    }
  };
  return {
    zones: Object.keys(endpoints),
    access,
    open,
    askIn,
    askFirst: async (zones, deadline, ask) => {
      try {
        return await Promise.any(zones.map((zone) => askIn(zone, deadline, ask)));
      } catch (cause) {
        const said = failuresIn(cause).map((error) =>
          error instanceof Error ? error.message : String(error),
        );
        throw new Unreachable(`no broker in ${zones.join(', ')} answers: ${said.join('; ')}`, { cause });
      }
    },
  };
}

import { Client } from 'pg';
import type { ZoneId } from '../../../lib/domain/topology';
import type { RealServers } from './real-servers';

/** Longer than any commit takes here, so that a client of a silent server goes on. */
const clientDeadlineMs = 400;

/**
 * Clients that write orders to one server as fast as it acknowledges, each id once; what was acknowledged is kept with
 * the instant. A client whose server is silent drops its session and opens another.
 */
export function startOrderLoad(servers: RealServers, zone: ZoneId, clients: number) {
  const acknowledged = new Map<string, number>();
  let stopped = false;
  const one = async (name: number): Promise<void> => {
    let client: Client | null = null;
    for (let turn = 0; !stopped; turn += 1) {
      const id = `${zone}-${name}-${turn}`;
      try {
        client ??= await open();
        await client.query('insert into orders values ($1)', [id]);
        acknowledged.set(id, performance.now());
      } catch {
        client?.connection.stream.destroy();
        client = null;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    client?.connection.stream.destroy();
  };
  const open = async (): Promise<Client> => {
    const { port, addressOf, login } = servers;
    const limits = { connectionTimeoutMillis: clientDeadlineMs, query_timeout: clientDeadlineMs };
    const client = new Client({ host: addressOf(zone), port, ...login('orders'), ...limits });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const running = Array.from({ length: clients }, (_, name) => one(name));
  return {
    acknowledged,
    stop: async (): Promise<void> => {
      stopped = true;
      await Promise.all(running);
    },
  };
}

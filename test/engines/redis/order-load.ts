import type { ZoneId } from '../../../lib/domain/topology';
import { startDeadline } from '../../../lib/engines/deadline';
import type { Connection } from '../../../lib/engines/redis/replica/connection';
import type { RealRedis } from './real-servers';

/** Longer than any write takes here, so that a client of a silent server goes on. */
const clientDeadlineMs = 400;

/** One write as the workload must do it; true: it may be acknowledged. */
export async function writeOrder(connection: Connection, id: string, timeoutMs: number): Promise<boolean> {
  const deadline = startDeadline(timeoutMs);
  const commands = [
    ['SET', `orders:${id}`, '1'],
    ['HGET', 'evac:fence', 'standby'],
  ] as const;
  const replies = await connection.commit(commands, deadline);
  if (replies?.[1] === '') return true;
  return Number(await connection.run(['WAIT', 1, timeoutMs], deadline)) >= 1;
}

/** Clients that write orders to one server as fast as they may acknowledge them; what was, is kept with its instant. */
export function startOrderLoad(servers: RealRedis, zone: ZoneId, clients: number) {
  const acknowledged = new Map<string, number>();
  let stopped = false;
  const one = async (name: number): Promise<void> => {
    let connection: Connection | null = null;
    for (let turn = 0; !stopped; turn += 1) {
      const id = `${zone}-${name}-${turn}`;
      try {
        connection ??= await servers.open(zone, 'orders', clientDeadlineMs);
        if (await writeOrder(connection, id, clientDeadlineMs)) acknowledged.set(id, performance.now());
      } catch {
        connection?.close();
        connection = null;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    connection?.close();
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

import { DeadlineExceeded } from '../../../lib/domain/errors';
import type { ZoneId } from '../../../lib/domain/topology';
import type { WriteOutcome } from '../../contract/engine-contract';
import { describeCopyControl } from '../../contract/copy-control';
import { describeEngineContract } from '../../contract/engine-contract';
import { writeOrder } from './order-load';
import type { RealRedis } from './real-servers';
import { startRealRedis } from './real-servers';

jest.setTimeout(90_000);

const isWhole = (detail: unknown): boolean => Number((detail as { readonly copies?: number }).copies) > 0;

/** How long a client of the workload waits for its acknowledgement. */
const clientPatienceMs = 500;

async function write(servers: RealRedis, zone: ZoneId, id: string): Promise<WriteOutcome> {
  const connection = await servers.open(zone, 'orders', clientPatienceMs).catch(() => null);
  if (connection === null) return 'refused';
  try {
    return (await writeOrder(connection, id, clientPatienceMs)) ? 'acknowledged' : 'unknown';
  } catch (error) {
    return error instanceof DeadlineExceeded ? 'unknown' : 'refused';
  } finally {
    connection.close();
  }
}

const createWorld = async () => {
  const servers = await startRealRedis();
  return {
    engine: servers.engine,
    hosts: servers.control,
    store: 'redis' as const,
    wholeCopies: (zone: ZoneId) =>
      servers.logged.filter(
        ({ zone: at, event, detail }) => at === zone && event === 'rejoined' && isWhole(detail),
      ).length,
    syncSettingOf: (name: string) => name,
    write: (zone: ZoneId, id: string) => write(servers, zone, id),
    idsIn: servers.idsIn,
    freeze: async (zone: ZoneId) => servers.signal(zone, 'SIGSTOP'),
    thaw: async (zone: ZoneId) => servers.signal(zone, 'SIGCONT'),
    kill: servers.kill,
    silenceHost: servers.stopAgent,
    close: servers.close,
  };
};

describeEngineContract('Redis replica, real servers', createWorld);
describeCopyControl('Redis replica, real servers', createWorld);

import { setTimeout as pause } from 'node:timers/promises';
import type { ZoneId } from '../../../lib/domain/topology';
import { describeEngineContract } from '../../contract/engine-contract';
import { startRealServers } from './real-servers';

jest.setTimeout(90_000);

/** How long a client of the workload waits for its acknowledgement. */
const clientPatienceMs = 500;

describeEngineContract('PostgreSQL streaming, real servers', async () => {
  const servers = await startRealServers();
  const insert = async (zone: ZoneId, id: string) => {
    try {
      await servers.sql(zone, `insert into orders values ('${id}')`, 'orders');
      return 'acknowledged' as const;
    } catch {
      return 'refused' as const;
    }
  };
  return {
    engine: servers.engine,
    hosts: servers.control,
    syncSettingOf: (name) => `FIRST 1 ("${name}")`,
    write: async (zone, id) => {
      const given = pause(clientPatienceMs, 'unknown' as const);
      return Promise.race([insert(zone, id), given]);
    },
    idsIn: async (zone) =>
      (await servers.sql(zone, 'select id from orders')).map((row) => (row as { readonly id: string }).id),
    freeze: async (zone) => servers.signal(zone, 'SIGSTOP'),
    thaw: async (zone) => servers.signal(zone, 'SIGCONT'),
    kill: servers.kill,
    silenceHost: servers.stopAgent,
    close: servers.close,
  };
});

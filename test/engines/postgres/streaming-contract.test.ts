import { setTimeout as pause } from 'node:timers/promises';
import type { ZoneId } from '../../../lib/domain/topology';
import { describeCopyControl } from '../../contract/copy-control';
import { describeEngineContract } from '../../contract/engine-contract';
import { startRealServers } from './real-servers';

jest.setTimeout(90_000);

const isClone = (detail: unknown): boolean => (detail as { readonly step?: string }).step === 'clone';

/** How long a client of the workload waits for its acknowledgement. */
const clientPatienceMs = 500;

const createWorld = async () => {
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
    store: 'postgres' as const,
    wholeCopies: (zone: ZoneId) =>
      servers.logged.filter(
        ({ zone: at, event, detail }) => at === zone && event === 'rejoin step' && isClone(detail),
      ).length,
    syncSettingOf: (name: string) => `FIRST 1 ("${name}")`,
    write: async (zone: ZoneId, id: string) => {
      const given = pause(clientPatienceMs, 'unknown' as const);
      return Promise.race([insert(zone, id), given]);
    },
    idsIn: async (zone: ZoneId) =>
      (await servers.sql(zone, 'select id from orders')).map((row) => (row as { readonly id: string }).id),
    freeze: async (zone: ZoneId) => servers.signal(zone, 'SIGSTOP'),
    thaw: async (zone: ZoneId) => servers.signal(zone, 'SIGCONT'),
    kill: servers.kill,
    silenceHost: servers.stopAgent,
    close: servers.close,
  };
};

describeEngineContract('PostgreSQL streaming, real servers', createWorld);
describeCopyControl('PostgreSQL streaming, real servers', createWorld);

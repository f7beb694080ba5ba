import { createMemoryHosts } from '../../../lib/engines/memory/memory-hosts';
import type { MemoryQuorum } from '../../../lib/engines/memory/memory-quorum';
import { createMemoryQuorum, createMemoryQuorumEngine } from '../../../lib/engines/memory/memory-quorum';
import { createMemoryServers } from '../../../lib/engines/memory/memory-servers';
import type { WriteOutcome } from '../../contract/engine-contract';
import { describeEngineContract } from '../../contract/engine-contract';

const DATA_ZONES = ['az-a', 'az-b'];

/** As clients see it: whoever leads and has a majority acknowledges. */
const writeTo = (cluster: MemoryQuorum, zone: string, id: string): WriteOutcome => {
  if (cluster.conditions[zone] === 'frozen') return 'unknown';
  if (cluster.leader !== zone || cluster.conditions[zone] !== 'running') return 'refused';
  cluster.ids = [...cluster.ids, id];
  return 'acknowledged';
};

describeEngineContract(
  'memory, electing by itself',
  async () => {
    const cluster = createMemoryQuorum([...DATA_ZONES, 'az-c']);
    return {
      engine: createMemoryQuorumEngine(cluster, DATA_ZONES),
      hosts: createMemoryHosts(createMemoryServers('az-a', 'az-b')),
      syncSettingOf: () => '',
      write: async (zone, id) => writeTo(cluster, zone, id),
      idsIn: async () => cluster.ids,
      freeze: async (zone) => void (cluster.conditions[zone] = 'frozen'),
      thaw: async (zone) => void (cluster.conditions[zone] = 'running'),
      kill: async (zone) => void (cluster.conditions[zone] = 'stopped'),
      silenceHost: async () => undefined,
      close: async () => undefined,
    };
  },
  { electsItself: true },
);

import { describeEngineContract } from '../../contract/engine-contract';
import { startRealBrokers } from './real-brokers';

jest.setTimeout(90_000);

/** How long a client of the workload waits for its acknowledgement. */
const clientPatienceMs = 500;

describeEngineContract(
  'Kafka stretched, real brokers',
  async () => {
    const brokers = await startRealBrokers();
    return {
      engine: brokers.engine,
      hosts: brokers.control,
      syncSettingOf: () => '',
      write: (zone, id) => brokers.write(zone, id, clientPatienceMs),
      idsIn: brokers.idsIn,
      freeze: async (zone) => brokers.signal(zone, 'SIGSTOP'),
      thaw: async (zone) => brokers.signal(zone, 'SIGCONT'),
      kill: brokers.kill,
      silenceHost: brokers.silenceHost,
      close: brokers.close,
    };
  },
  { electsItself: true },
);

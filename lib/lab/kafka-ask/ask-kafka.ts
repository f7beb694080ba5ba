import { kafkaOf } from '../../domain/topology';
import { clientsPlace } from '../layout';
import type { ServiceContext } from '../zone-services';
import { brokersOf } from '../zone-services';

/**
 * A look at the workload's topic from the clients' side, which no fault of a zone is in the way of.
 * @throws CommandFailed with what was wrong, DeadlineExceeded
 */
export const askKafka = (
  { topology, processes, bundles }: Pick<ServiceContext, 'topology' | 'processes' | 'bundles'>,
  verb: 'create' | 'ids',
  timeoutMs: number,
): Promise<string> => {
  const [topic = ''] = kafkaOf(topology)?.topics ?? [];
  const brokers = brokersOf(topology).flatMap(({ zone, listen, port }) => [
    '--broker',
    `${zone}=${listen}:${port}`,
  ]);
  return processes.runInZone({
    place: clientsPlace,
    command: process.execPath,
    args: [bundles['kafka-ask'], verb, '--topic', topic, ...brokers],
    env: {},
    timeoutMs,
  });
};

import { parseArgs } from 'node:util';
import { createKafkaTopics } from '../kafka-host/create-topics';
import { readOrderIds } from '../orders/order-event-reader';
import { addressesByZone, zonedAddress } from '../zoned-address';

const USAGE = `kafka-ask create|ids --topic NAME --broker ZONE=HOST:PORT [--broker …]
create: the topic and Evac's own, led by the first broker's zone; ids: prints the keys of all its records, a line each`;

const PARTITIONS = 3;
const READ_MS = 20_000;

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { topic: { type: 'string' }, broker: { type: 'string', multiple: true } },
  });
  const { topic, broker = [] } = values;
  const [verb] = positionals;
  if (topic === undefined || broker.length === 0) throw new Error(USAGE);
  const servers = broker.map(zonedAddress);
  if (verb === 'create') {
    const brokers = servers.map(({ host, ...rest }, index) => ({
      ...rest,
      listen: host,
      id: index + 1,
      controllerPort: 0,
    }));
    return createKafkaTopics(brokers, [{ topic, partitions: PARTITIONS }]);
  }
  if (verb !== 'ids') throw new Error(USAGE);
  const ids = await readOrderIds({ endpoints: addressesByZone(servers), topic }, READ_MS);
  process.stdout.write([...ids].map((id) => `${id}\n`).join(''));
};

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});

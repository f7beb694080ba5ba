import { spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { projectFolder } from '../../../lib/cli/project-folder';
import { StaleEpoch } from '../../../lib/domain/errors';
import { createHostAgentControl } from '../../../lib/engines/host-agent/host-agent-control';
import { findJava, findKafka } from '../../../lib/lab/kafka-cache';
import { createKafkaHostAgent } from '../../../lib/lab/kafka-host/kafka-host-agent';
import { startLoopbackCluster } from '../../../lib/lab/kafka-host/loopback-cluster';
import { provisionKafka } from '../../../lib/lab/kafka-host/provision';
import { kafkaProcesses, stopBrokerNow } from '../../../lib/lab/kafka-host/server-process';
import { ensureKafkaTemplate } from '../../../lib/lab/kafka-host/template';
import { CommandFailed, PartsMissing } from '../../../lib/lab/lab-errors';
import { describeMachine } from '../../../lib/lab/machine';
import { createOrderEvents } from '../../../lib/lab/orders/order-events';
import { waitUntil } from '../../../lib/lab/wait-until';

jest.setTimeout(90_000);

const machine = describeMachine(projectFolder);
const stopMs = 10_000;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evt-kafka-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const said: string[] = [];

/** A cluster of one broker: as far as its host goes, as good as three. */
const oneBroker = async () => {
  const [kafka, java] = [findKafka(machine), findJava()];
  if (kafka === null || java === null)
    throw new Error('Kafka is not on this machine: npm run evac -- doctor');
  const tools = { java: java.path, jars: kafka.jars };
  const template = await ensureKafkaTemplate(tools, kafka.folder);
  const listen = `127.${randomInt(100, 250)}.${randomInt(1, 250)}.1`;
  const place = { id: 1, zone: 'az-a', listen, port: 9_092, controllerPort: 9_093 };
  const files = provisionKafka({ folder, template, brokers: [place] })['az-a'];
  if (files === undefined) throw new Error('nothing was provisioned');
  return {
    files,
    place,
    tools: { ...tools, archive: template.archive },
    log: (event: string) => void said.push(event),
  };
};

it('starts with its host, and again when it is ordered to; an older order is refused', async () => {
  const host = await oneBroker();
  const agent = createKafkaHostAgent(host, 100);
  try {
    await agent.booted;
    const order = { epoch: 3, upstreamHost: host.place.listen, upstreamPort: 9_092, standbyName: 'az-a-e3' };
    expect(agent.status()).toEqual({ up: true, engine: 'running', epoch: 0 });
    expect(await agent.rejoin(order)).toEqual({ how: 'already' });
    await agent.stop({ epoch: 4 });
    expect(agent.status()).toEqual({ up: true, engine: 'stopped', epoch: 4 });
    await expect(agent.rejoin(order)).rejects.toThrow(StaleEpoch);
    await expect(agent.stop({ epoch: 3 })).rejects.toThrow(StaleEpoch);
    expect(await agent.rejoin({ ...order, epoch: 5 })).toEqual({ how: 'restarted' });
    const again = createKafkaHostAgent(host);
    await again.booted;
    expect(again.status()).toEqual({ up: true, engine: 'running', epoch: 5 });
    again.close();
    await stopBrokerNow(host.files, stopMs);
    await waitUntil({ what: 'the broker to be revived', timeoutMs: 30_000, everyMs: 20 }, () => {
      return agent.status().engine === 'running';
    });
    rmSync(host.files.config);
    await stopBrokerNow(host.files, stopMs);
    await waitUntil({ what: 'a restart to fail', timeoutMs: 30_000, everyMs: 20 }, () =>
      said.includes('restart failed'),
    );
  } finally {
    agent.close();
    await stopBrokerNow(host.files, stopMs);
  }
});

it('is a process of its own, which says what it lacks, and leaves the broker when it is told to end', async () => {
  const bundle = join(folder, 'kafka-host.js');
  const entryPoints = [join(projectFolder, 'lib/lab/kafka-host/main.ts')];
  buildSync({ entryPoints, outfile: bundle, bundle: true, platform: 'node', logLevel: 'error' });
  const wrong = spawnSync(process.execPath, [bundle, '--zone', 'az-a'], { encoding: 'utf8' });
  expect({ status: wrong.status, said: wrong.stderr }).toMatchObject({
    status: 2,
    said: expect.stringContaining('--folder'),
  });
  const host = await oneBroker();
  const options = {
    zone: 'az-a',
    id: '1',
    folder: host.files.folder,
    java: host.tools.java,
    jars: host.tools.jars,
    archive: host.tools.archive,
    listen: host.place.listen,
    port: '9092',
    'controller-port': '9093',
    'agent-port': '8084',
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn(process.execPath, [bundle, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await waitUntil({ what: 'the boot', timeoutMs: 30_000 }, () => output.includes('"booted"'));
    const agents = { 'az-a': { kind: 'agent', host: host.place.listen, port: 8_084 } } as const;
    expect(await createHostAgentControl(agents).status('az-a', 2_000)).toMatchObject({ engine: 'running' });
    child.kill('SIGTERM');
    await waitUntil({ what: 'its end', timeoutMs: 10_000 }, () => child.exitCode === 0);
    expect(kafkaProcesses(host.files.data).length).toBe(1);
  } finally {
    child.kill('SIGKILL');
    await stopBrokerNow(host.files, stopMs);
  }
});

it('says in the broker’s own words why it did not start, and leaves nothing', async () => {
  const nowhere = startLoopbackCluster(machine, { net: '203.0.113', topics: [] });
  const error = await nowhere.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CommandFailed);
  expect(String(error)).toContain('203.0.113');
});

it('names what is missing before anything is started', async () => {
  const bare = { ...machine, projectFolder: folder };
  const cluster = startLoopbackCluster(bare, { net: '127.99.9', topics: [] });
  await expect(cluster).rejects.toThrow(PartsMissing);
});

it('events of orders need a topic, and one that is too large takes no other with it', async () => {
  const net = `127.${randomInt(100, 250)}.${randomInt(1, 250)}`;
  const cluster = await startLoopbackCluster(machine, { net, topics: [{ topic: 'orders', partitions: 1 }] });
  const events = createOrderEvents({ endpoints: cluster.endpoints, topic: 'orders' });
  const none = createOrderEvents({ endpoints: cluster.endpoints, topic: 'none' });
  try {
    await expect(none.publish({ id: 'a', value: '' }, 5_000)).rejects.toThrow(/no topic none/);
    await events.publish({ id: 'first', value: '' }, 5_000);
    const outcomes = await Promise.allSettled([
      events.publish({ id: 'before', value: '' }, 5_000),
      events.publish({ id: 'small', value: '' }, 5_000),
      events.publish({ id: 'large', value: 'x'.repeat(2_000_000) }, 5_000),
      events.publish({ id: 'other', value: '' }, 5_000),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[2]).toMatchObject({ reason: { errorCode: 10, retryable: false } });
    await cluster.kill('az-b');
    await cluster.kill('az-c');
    cluster.signal('az-a', 'SIGSTOP');
    const waiting = events.publish({ id: 'waits', value: '' }, 20_000);
    const gone = expect(waiting).rejects.toMatchObject({ name: 'Unreachable' });
    // Long enough for a look at who leads, which nobody answers.
    const gaveUp = events.publish({ id: 'gives up', value: '' }, 700);
    await expect(gaveUp).rejects.toMatchObject({ name: 'DeadlineExceeded' });
    events.close();
    await gone;
  } finally {
    events.close();
    none.close();
    await cluster.close();
  }
});

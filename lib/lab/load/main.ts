import { parseArgs } from 'node:util';
import { createConnections } from './connections';
import { createLedgerWriter } from './ledger-writer';
import { startOpenLoop } from './open-loop';
import { createOrderClient } from './order-client';
import { createPublicName } from './public-name';

const USAGE = `load --name NAME --port PORT --dns HOST[:PORT] --ledger FILE
     [--rate 120] [--attempt-ms 400] [--pause-ms 50] [--longest-pause-ms 1000]
     [--retries-at-once 48] [--total-ms 30000]     (SIGTERM: stop, drain, end)`;

const log = (line: Readonly<Record<string, unknown>>): void => {
  process.stdout.write(`${JSON.stringify({ atMs: Date.now(), ...line })}\n`);
};

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      name: { type: 'string' },
      port: { type: 'string' },
      dns: { type: 'string' },
      ledger: { type: 'string' },
      rate: { type: 'string', default: '120' },
      'attempt-ms': { type: 'string', default: '400' },
      'pause-ms': { type: 'string', default: '50' },
      'longest-pause-ms': { type: 'string', default: '1000' },
      'retries-at-once': { type: 'string', default: '48' },
      'total-ms': { type: 'string', default: '30000' },
    },
  });
  const { name, dns, ledger } = values;
  const port = Number(values.port);
  const rate = Number(values.rate);
  if (name === undefined || dns === undefined || ledger === undefined || !(port > 0) || !(rate > 0)) {
    process.stderr.write(`--name, --port, --dns and --ledger are needed\n${USAGE}\n`);
    process.exit(2);
  }
  const retry = {
    attemptTimeoutMs: Number(values['attempt-ms']),
    pauseMs: Number(values['pause-ms']),
    longestPauseMs: Number(values['longest-pause-ms']),
    retriesAtOnce: Number(values['retries-at-once']),
    totalTimeoutMs: Number(values['total-ms']),
  };
  return { name, server: dns, ledger, port, rate, retry };
};

const main = (): void => {
  const { name, server, ledger, port, rate, retry } = readOptions();
  const writer = createLedgerWriter(ledger);
  const connections = createConnections();
  const placeOrder = createOrderClient({
    name: createPublicName({ name, server }),
    connections,
    port,
    retry,
    record: writer.write,
  });
  const loop = startOpenLoop(rate, placeOrder);
  log({ event: 'started', name, rate, pid: process.pid });
  process.once('SIGTERM', () => {
    log({ event: 'draining', outstanding: loop.outstanding() });
    void loop.drain().then(() => {
      connections.close();
      writer.close();
      log({ event: 'ended', started: loop.started() });
      process.exit(0);
    });
  });
};

main();

import { parseArgs } from 'node:util';
import { ORDERS_DATABASE, ORDERS_ROLE } from '../orders/schema';
import { createAnswerRecord } from './ack-record';
import type { Server } from './zone-writer';
import { createZoneWriter } from './zone-writer';

const USAGE = `zone-writer --zone az-a --server az-a=HOST:PORT [--server az-b=HOST:PORT] --record FILE [--every-ms 5]
     (password: ORDERS_DB_PASSWORD; SIGTERM ends it)`;

const log = (line: Readonly<Record<string, unknown>>): void => {
  process.stdout.write(`${JSON.stringify({ atMs: Date.now(), ...line })}\n`);
};

const usage = (found: string): never => {
  process.stderr.write(`${found}\n${USAGE}\n`);
  process.exit(2);
};

const serverOf = (text: string): Server => {
  const [, zone, host, port] = /^([^=]+)=(.+):(\d{1,5})$/.exec(text) ?? [];
  return zone === undefined || host === undefined
    ? usage(`a server is ZONE=HOST:PORT, found ${text}`)
    : { zone, host, port: Number(port) };
};

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      zone: { type: 'string' },
      server: { type: 'string', multiple: true },
      record: { type: 'string' },
      'every-ms': { type: 'string', default: '5' },
    },
  });
  const { zone, server = [], record } = values;
  const password = process.env['ORDERS_DB_PASSWORD'];
  const everyMs = Number(values['every-ms']);
  if (zone === undefined || record === undefined || server.length === 0 || password === undefined)
    return usage('--zone, --server, --record and ORDERS_DB_PASSWORD are needed');
  if (!(everyMs > 0)) return usage(`--every-ms is ${values['every-ms']}`);
  return { zone, servers: server.map(serverOf), record, password, everyMs };
};

const main = (): void => {
  const { zone, servers, record, password, everyMs } = readOptions();
  const access = {
    database: ORDERS_DATABASE,
    user: ORDERS_ROLE,
    password,
    applicationName: `writer-${zone}`,
  };
  const writer = createZoneWriter({ zone, servers, access, record: createAnswerRecord(record), everyMs });
  log({ event: 'started', zone, everyMs, pid: process.pid });
  process.once('SIGTERM', () => {
    writer.close();
    log({ event: 'ended', zone, counts: writer.counts() });
    process.exit(0);
  });
};

main();

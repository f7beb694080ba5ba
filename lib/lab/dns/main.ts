import { parseArgs } from 'node:util';
import { startDnsServer } from './dns-server';
import { createRecordCache } from './record-cache';
import { createRoute53Source } from './route53-source';

const USAGE = 'dns --listen HOST:PORT --zone NAME --endpoint http://HOST:PORT [--every-ms 40]';
/** The local Region takes any credentials; real ones are never read here. */
const LOCAL = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } } as const;

const log = (line: Readonly<Record<string, unknown>>): void => {
  process.stdout.write(`${JSON.stringify({ atMs: Date.now(), ...line })}\n`);
};

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      listen: { type: 'string' },
      zone: { type: 'string' },
      endpoint: { type: 'string' },
      'every-ms': { type: 'string', default: '40' },
    },
  });
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(values.listen ?? '') ?? [];
  const { zone, endpoint } = values;
  if (host === undefined || zone === undefined || endpoint === undefined) {
    process.stderr.write(`--listen, --zone and --endpoint are needed\n${USAGE}\n`);
    process.exit(2);
  }
  return { listen: { host, port: Number(port) }, zone, endpoint, everyMs: Number(values['every-ms']) };
};

const main = async (): Promise<void> => {
  const { listen, zone, endpoint, everyMs } = readOptions();
  const source = createRoute53Source({ endpoint, zone, ...LOCAL });
  const cache = createRecordCache({ source, log, everyMs });
  const server = await startDnsServer({ zone, cache, listen });
  log({ event: 'listening', zone, ...listen, pid: process.pid });
  process.once('SIGTERM', () => {
    // Not waited for: a client may keep its TCP connection open for seconds.
    void server.close();
    void cache.close().then(() => process.exit(0));
  });
};

main().catch((error: unknown) => {
  process.stderr.write(`dns: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});

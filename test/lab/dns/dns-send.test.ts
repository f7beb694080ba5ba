import DNS from 'dns2';
import { startDnsServer } from '../../../lib/lab/dns/dns-server';

describe('a name server whose client or socket fails', () => {
  it('goes on: neither an answer that nobody takes nor a late error of the socket ends it', async () => {
    const unhandled: unknown[] = [];
    const note = (cause: unknown): void => void unhandled.push(cause);
    process.on('unhandledRejection', note);
    const { createServer } = DNS;
    let handle: Parameters<typeof createServer>[0]['handle'];
    let server: ReturnType<typeof createServer> | undefined;
    jest.spyOn(DNS, 'createServer').mockImplementation((options) => {
      handle = options.handle;
      server = createServer(options);
      return server;
    });
    const cache = { current: () => null, close: async () => undefined };
    const listening = await startDnsServer({
      zone: 'evac.test',
      cache,
      listen: { host: '127.0.0.1', port: 0 },
    });
    handle?.(new DNS.Packet(), () => Promise.reject(new Error('the client is gone')), undefined as never);
    (server as unknown as NodeJS.EventEmitter).emit('error', new Error('too late to matter'));
    await new Promise((resolve) => setImmediate(resolve));
    await listening.close();
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });
});

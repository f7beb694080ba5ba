import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApiSamples } from '../../lib/traffic/samples/api-samples';
import { createNoSamples } from '../../lib/traffic/samples/no-samples';

let answer: RequestListener = () => undefined;
const asked: string[] = [];
const api = createServer((request, response) => {
  asked.push(request.url ?? '');
  void answer(request, response);
});
beforeAll(async () => {
  api.listen(0, '127.0.0.1');
  await once(api, 'listening');
});
beforeEach(() => {
  asked.length = 0;
});
afterAll(() => {
  api.closeAllConnections();
  api.close();
});

const samplesOf = (port = (api.address() as AddressInfo).port) =>
  createApiSamples({ endpoints: { 'az-b': { host: '127.0.0.1', port } }, path: '/samples' });

const sample = { requests: 7, errors: 1, p99Ms: 12.5, utilisationPercent: 20 };
const says = (body: unknown, status = 200): void => {
  answer = (_request, response) => response.writeHead(status).end(JSON.stringify(body));
};

describe('samples that the API tells itself', () => {
  it('are counted from its own mark', async () => {
    says({ mark: 'run.3', ...sample });
    expect(await samplesOf().mark('az-b', 1_000)).toBe('run.3');
    expect(await samplesOf().since('az-b', 'run.3 &', 1_000)).toEqual(sample);
    expect(asked).toEqual(['/samples', '/samples?since=run.3%20%26']);
  });

  it.each<[string, () => void]>([
    ['the API does not know the mark', () => says({ error: 'gone' }, 410)],
    ['it tells something else', () => says({ mark: 'run.3', ...sample, requests: -1 })],
    ['it tells no JSON', () => (answer = (_request, response) => response.end('<html>'))],
    [
      'it tells too much',
      () => (answer = (_request, response) => response.end(`{"x":"${'x'.repeat(10_000)}"}`)),
    ],
    [
      'it breaks off',
      () =>
        (answer = (_request, response) => {
          response.writeHead(200, { 'content-length': '100' });
          response.write('{', () => response.destroy());
        }),
    ],
    ['it does not answer in time', () => (answer = () => undefined)],
  ])('are unknown when %s', async (_what, make) => {
    make();
    expect(await samplesOf().since('az-b', 'run.3', 300)).toBeNull();
    expect(await samplesOf().mark('az-b', 300)).toBeNull();
  });

  it('are unknown when nobody listens, or the zone has no API', async () => {
    expect(await samplesOf(1).mark('az-b', 300)).toBeNull();
    expect(await samplesOf().mark('az-c', 300)).toBeNull();
    expect(asked).toEqual([]);
  });
});

it('where nobody counts them there are none, which is known', async () => {
  const none = createNoSamples();
  expect(await none.since('az-b', (await none.mark('az-b', 1)) ?? '', 1)).toMatchObject({ requests: 0 });
});

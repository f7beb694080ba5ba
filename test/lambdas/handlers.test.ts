import { once } from 'node:events';
import type * as fileSystem from 'node:fs';
import { readdirSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import { Env } from '../../lib/contract/environment';
import { WARM_UP_EVENT } from '../../lib/contract/payload';
import { STEP_FUNCTIONS, TRIGGERS } from '../../lib/contract/workflows';
import type { Topology } from '../../lib/domain/topology';
import { topologyWith } from '../domain/decision/world';
import { rejectionOf } from './ports';

/** Nothing listens on port 1: what is probed answers at once that it refuses. */
const deployed = (): Topology => {
  const text = JSON.stringify(topologyWith()).replaceAll('198.18.0.9', '127.0.0.1');
  return JSON.parse(text) as Topology;
};

let topologyText = JSON.stringify(deployed());

jest.mock('node:fs', () => {
  const real = jest.requireActual<typeof fileSystem>('node:fs');
  const readFileSync = (path: string, ...rest: [BufferEncoding]) =>
    String(path).endsWith('lambdas/shared/topology.json') ? topologyText : real.readFileSync(path, ...rest);
  return { ...real, readFileSync };
});

/** What a call does, by its wire format: the JSON protocols name it in a header, the others in the path. */
const callIn = ({ headers, method, url = '' }: IncomingMessage): string => {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return target.split('.').at(-1) ?? '';
  return `${method ?? ''} ${url.split('?')[0] ?? ''}`;
};

const NO_RECORDS =
  '<ListResourceRecordSetsResponse><ResourceRecordSets></ResourceRecordSets><IsTruncated>false</IsTruncated>' +
  '<MaxItems>300</MaxItems></ListResourceRecordSetsResponse>';

const calls: string[] = [];
const region = createServer((request, response) => {
  calls.push(callIn(request));
  request.resume();
  request.on('end', () => response.end((request.url ?? '').includes('/rrset') ? NO_RECORDS : '{}'));
});

const environment = (port: number): Readonly<Record<string, string>> => ({
  [Env.table]: 'evac-orders',
  [Env.zone]: 'az-c',
  [Env.postgresPassword]: 'only-for-this-test',
  [Env.hostedZoneId]: 'Z1',
  [Env.machineArnPrefix]: 'arn:aws:states:us-east-1:123456789012:stateMachine:',
  [Env.loopLimitMs]: '1000',
  AWS_REGION: 'us-east-1',
  AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
});

const context = { getRemainingTimeInMillis: () => 30_000 } as Context;
type Handler = (event: unknown, context: Context) => Promise<unknown>;

/** As at a cold start: the module is read anew. */
const coldStart = async (name: string): Promise<Handler> => {
  jest.resetModules();
  const loaded = (await import(`../../lambdas/${name}/handler`)) as { readonly handler: Handler };
  return loaded.handler;
};

const written = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
const ownEnvironment = process.env;
let inForce: Readonly<Record<string, string>> = {};

beforeAll(async () => {
  region.listen(0, '127.0.0.1');
  await once(region, 'listening');
  inForce = environment((region.address() as AddressInfo).port);
});
beforeEach(() => {
  process.env = { ...ownEnvironment, ...inForce };
  topologyText = JSON.stringify(deployed());
  calls.length = 0;
});
afterAll(() => {
  process.env = ownEnvironment;
  written.mockRestore();
  region.closeAllConnections();
  region.close();
});

const everyHandler = [...STEP_FUNCTIONS, ...TRIGGERS];
const READS = /^(GetItem|Query|GET .*\/rrset)$/;

describe('every handler', () => {
  it('is one of the folders, and each folder has one', () => {
    const folders = readdirSync(join(__dirname, '../../lambdas')).filter((name) => name !== 'shared');
    expect(folders.sort()).toEqual([...everyHandler].sort());
  });

  it.each(everyHandler)('%s answers the keep-warm ping, and only reads for it', async (name) => {
    const handler = await coldStart(name);
    expect(await handler(WARM_UP_EVENT, context)).toEqual({ warm: true });
    expect(calls).toContain('GetItem');
    expect(calls.filter((call) => !READS.test(call))).toEqual([]);
  });

  it.each(everyHandler)('%s fails at its cold start when the stack did not name its table', async (name) => {
    process.env = { ...process.env, [Env.table]: '' };
    const { name: error, message } = await rejectionOf(coldStart(name));
    expect(error).toBe('MissingEnvironment');
    expect(message).toMatch(/EVAC_TABLE is not set.*cdk deploy/);
  });
});

describe('the logic behind a handler', () => {
  const operation = {
    epoch: 8,
    kind: 'failover',
    from: 'az-a',
    to: 'az-b',
    mode: 'planned',
    trigger: 'human',
  };
  const failure = { Error: 'X', Cause: '{}' };

  it.each<[string, unknown, string]>([
    ['claim-failover', { request: { to: 'az-x' }, execution: 'e' }, 'InvalidRequest'],
    ['check-resources', { operation }, 'DamagedState'],
    ['fence-writers', { operation }, 'DamagedState'],
    ['wait-for-sync', { operation }, 'DamagedState'],
    ['switch-postgres', { operation }, 'DamagedState'],
    ['verify-health', { operation }, 'DamagedState'],
    ['verify-data', { operation }, 'DamagedState'],
    ['admit-writes', { operation }, 'DamagedState'],
    ['shift-traffic', { operation }, 'DamagedState'],
    ['guard-traffic', { operation, shifted: { share: 1 } }, 'DamagedState'],
    ['verify-service', { operation }, 'DamagedState'],
    ['commit-failover', { operation }, 'DamagedState'],
    ['roll-back', { request: {}, failure }, 'StaleEpoch'],
    ['plan-rollback', { request: {} }, 'InvalidRequest'],
    ['degrade-standby', { request: {}, execution: 'e' }, 'InvalidRequest'],
    ['claim-rebuild', { request: {}, execution: 'e' }, 'InvalidRequest'],
    ['rejoin-standby', { request: {}, execution: 'e' }, 'InvalidRequest'],
    ['restore-sync', { operation }, 'DamagedState'],
    ['reconcile-seat', {}, 'DamagedState'],
    ['start-claimed', { Records: [] }, 'DamagedState'],
    ['change-sync', { request: {}, execution: 'e' }, 'InvalidRequest'],
  ])(
    '%s is reached, and its error keeps the name that the state machine matches',
    async (...[name, event, error]) => {
      const handler = await coldStart(name);
      expect((await rejectionOf(handler(event, context))).name).toBe(error);
    },
  );

  it('intake-alarm says that there is no seat', async () => {
    const handler = await coldStart('intake-alarm');
    const answer = await handler({ Records: [{ Sns: { Message: 'look' } }] }, context);
    expect(answer).toMatchObject({ started: null, reasons: ['there is no seat yet'] });
  });

  it('record-outcome puts its metric', async () => {
    const handler = await coldStart('record-outcome');
    expect(await handler({ request: {} }, context)).toMatchObject({ result: 'completed' });
    expect(calls.join()).toMatch(/PutMetricData/);
  });

  it('keep-warm pings the steps', async () => {
    const handler = await coldStart('keep-warm');
    expect(await handler({}, context)).toEqual({ cold: [] });
    expect(calls.filter((call) => call.endsWith('/invocations'))).toHaveLength(STEP_FUNCTIONS.length);
  });

  it.each([
    ['sample-sync', { postgres: 'its time was over' }],
    ['report-sync', { put: 0 }],
  ])('%s goes on until its time is over, without a seat', async (name, ended) => {
    const handler = await coldStart(name);
    expect(await handler({}, context)).toEqual(ended);
  });

  it.each([
    ['fresh-round', (answer: unknown) => expect(answer).toMatchObject({ witness: 'az-c' })],
    ['loop', (answer: unknown) => expect(answer).toMatchObject({ ended: 'after 1000 ms' })],
  ] as const)('probe-zone runs as %s', async (run, check) => {
    const handler = await coldStart('probe-zone');
    check(await handler({ run }, context));
  });
});

describe('what a bundle is made with', () => {
  it.each([
    [
      'not of this version',
      '{"workload":"orders"}',
      /topology.json beside the code is not what this version writes/,
    ],
    [
      'without components',
      JSON.stringify({ ...deployed(), components: [deployed().components[1]] }),
      /both needed/,
    ],
  ])('refuses a topology.json that is %s', async (...[, text, message]) => {
    topologyText = text;
    const refused = await rejectionOf(coldStart('verify-data'));
    expect(refused.name).toBe('InvalidConfiguration');
    expect(refused.message).toMatch(message);
  });
});

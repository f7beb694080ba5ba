import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { PutItemCommand, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import type { RequestListener } from 'node:http';
import type { Refused } from '../../lib/domain/errors';
import { InvalidConfiguration, Unreachable } from '../../lib/domain/errors';
import { createDynamoDbStore } from '../../lib/state/dynamodb-store';
import { createDynamoDbTable } from '../../lib/state/dynamodb-table';
import type { LocalRegion } from '../lab/emulator/local-region';
import { startLocalRegion } from '../lab/emulator/local-region';
import type { LocalTable } from './local-table';
import { createLocalTable } from './local-table';
import { claimOf, observationBy, recordAt, seatAt, WITNESSES } from './seats';
import type { Verdict } from './unwell-servers';
import { answeringServer, lossyProxy, silentServer } from './unwell-servers';
import { freePort } from '../free-port';

const timeouts = { attemptMs: 100, maxAttempts: 2, deadlineMs: 350 };
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

const place = (endpoint: string) => ({
  table: 't',
  workload: 'orders',
  region: 'us-east-1',
  endpoint,
  credentials,
  timeouts,
});

const storeAt = (endpoint: string) => createDynamoDbStore({ ...place(endpoint), witnesses: WITNESSES });

interface Batch {
  readonly RequestItems: { readonly t: { readonly Keys: readonly Record<string, AttributeValue>[] } };
}

/** How an attempt failed, and after how long. */
const failure = async (attempt: () => Promise<unknown>) => {
  const started = performance.now();
  const error = await attempt().catch((thrown: unknown) => thrown);
  return { error: error as Error, tookMs: performance.now() - started };
};

const refusing =
  (status: number, type: string, message = 'x'): RequestListener =>
  (_incoming, outgoing) => {
    outgoing.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    outgoing.end(JSON.stringify({ __type: type, message }));
  };

const MARGIN_MS = 250;

describe('a store that does not answer', () => {
  it('is Unreachable before the deadline, whatever is asked', async () => {
    const server = await silentServer();
    const store = storeAt(server.endpoint);
    const attempts = [
      () => store.readSeat(),
      () => store.readObservations(),
      () => store.readSituation(),
      () => store.nowMs(),
      () => store.apply(claimOf(seatAt())),
      () => store.apply(claimOf(seatAt()), { record: recordAt(4), voters: [] }),
      () => store.writeObservation(observationBy('az-b', 1)),
    ];
    const failures = await Promise.all(attempts.map(failure));
    for (const { error, tookMs } of failures) {
      expect(error).toBeInstanceOf(Unreachable);
      expect(tookMs).toBeLessThan(timeouts.deadlineMs + MARGIN_MS);
    }
    store.close();
    await server.close();
  });

  it('is Unreachable when the answer stops in the middle', async () => {
    const server = await answeringServer((_incoming, outgoing) => {
      outgoing.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
      outgoing.write('{"Item":');
    });
    const store = storeAt(server.endpoint);
    const { error, tookMs } = await failure(() => store.readSeat());
    expect(error).toBeInstanceOf(Unreachable);
    expect(tookMs).toBeLessThan(timeouts.deadlineMs + MARGIN_MS);
    store.close();
    await server.close();
  });

  it('is Unreachable when nobody listens, at once', async () => {
    const store = storeAt(`http://127.0.0.1:${await freePort()}`);
    const { error } = await failure(() => store.readSeat());
    expect(error).toMatchObject({ name: 'Unreachable', retryable: true });
    expect(error.message).toContain('Whether a write took effect is unknown');
    store.close();
  });
});

describe('a store that answers badly', () => {
  it.each([
    ['an error of its own', 500, 'InternalServerError', 'Unreachable'],
    ['too many requests', 400, 'ThrottlingException', 'Unreachable'],
    ['no such table', 400, 'ResourceNotFoundException', 'InvalidConfiguration'],
    ['no permission', 400, 'AccessDeniedException', 'AccessDeniedException'],
  ])('says so: %s', async (_what, status, type, name) => {
    const server = await answeringServer(refusing(status, `com.amazonaws.dynamodb.v20120810#${type}`));
    const store = storeAt(server.endpoint);
    const { error } = await failure(() => store.readSeat());
    expect(error.name).toBe(name);
    store.close();
    await server.close();
  });

  it('is Unreachable for its time when its answers carry none', async () => {
    const server = await answeringServer((_incoming, outgoing) => {
      outgoing.sendDate = false;
      outgoing.end('{}');
    });
    const store = storeAt(server.endpoint);
    expect((await failure(() => store.nowMs())).error.message).toContain('without a Date header');
    store.close();
    await server.close();
  });

  it.each([
    ['a claim', 'TransactionCanceledException', { CancellationReasons: [{ Code: 'TransactionConflict' }] }],
    ['an observation', 'TransactionConflictException', {}],
  ])('is asked again while %s only collides with another write', async (what, type, more) => {
    let collisions = 2;
    const server = await answeringServer((_incoming, outgoing) => {
      const collides = collisions-- > 0;
      outgoing.writeHead(collides ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' });
      outgoing.end(collides ? JSON.stringify({ __type: type, ...more }) : '{}');
    });
    const store = storeAt(server.endpoint);
    if (what === 'a claim') await store.apply(claimOf(seatAt()), { record: recordAt(4), voters: [] });
    else await store.writeObservation(observationBy('az-b', 1));
    expect(collisions).toBe(-1);
    store.close();
    await server.close();
  });

  /** Answers each batch with its first key's item alone and leaves the rest unread. */
  const leavingUnread = () =>
    answeringServer((incoming, outgoing) => {
      let body = '';
      incoming.on('data', (chunk: Buffer) => (body += chunk.toString()));
      incoming.on('end', () => {
        const [first, ...rest] = (JSON.parse(body) as Batch).RequestItems.t.Keys;
        outgoing.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
        outgoing.end(
          JSON.stringify({
            Responses: { t: [first] },
            UnprocessedKeys: rest.length > 0 ? { t: { Keys: rest } } : {},
          }),
        );
      });
    });

  it('is asked again for what it left unread', async () => {
    const server = await leavingUnread();
    const read = await createDynamoDbTable(place(server.endpoint)).getMany(['b', 'c', 'a']);
    expect(read.map(({ sk }) => sk)).toEqual(['b', 'c', 'a']);
    await server.close();
  });

  it('is Unreachable when it leaves keys unread again and again', async () => {
    const server = await leavingUnread();
    const store = storeAt(server.endpoint);
    const { error } = await failure(() => store.readSituation());
    expect(error).toBeInstanceOf(Unreachable);
    expect(error.message).toContain('left observation#az-c, observation#region unread 3 times');
    store.close();
    await server.close();
  });

  it('is Unreachable when it collides until the deadline', async () => {
    const server = await answeringServer(refusing(400, 'TransactionConflictException'));
    const store = storeAt(server.endpoint);
    const { error, tookMs } = await failure(() => store.writeObservation(observationBy('az-b', 1)));
    expect(error).toBeInstanceOf(Unreachable);
    expect(tookMs).toBeLessThan(timeouts.deadlineMs + MARGIN_MS);
    store.close();
    await server.close();
  });

  it('passes on a transaction that was refused for another reason than a guard', async () => {
    const server = await answeringServer((_incoming, outgoing) => {
      outgoing.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
      const reasons = [{ Code: 'ValidationError', Message: 'too large' }];
      outgoing.end(JSON.stringify({ __type: 'TransactionCanceledException', CancellationReasons: reasons }));
    });
    const store = storeAt(server.endpoint);
    const { error } = await failure(() =>
      store.apply(claimOf(seatAt()), { record: recordAt(4), voters: [] }),
    );
    expect(error.name).toBe('TransactionCanceledException');
    store.close();
    await server.close();
  });
});

describe('against the emulator', () => {
  let region: LocalRegion;
  let local: LocalTable;
  beforeAll(async () => {
    region = await startLocalRegion();
  }, 30_000);
  afterAll(() => region.close());
  beforeEach(async () => {
    local = await createLocalTable(region);
  });

  /** A store whose first answers to `operation` are lost, after the write went through. */
  const losing = async (operation: string) => {
    let left = 1;
    const verdict = (asked: string): Verdict => (asked === operation && left-- > 0 ? 'lose-answer' : 'pass');
    const proxy = await lossyProxy(region.endpoint, verdict);
    const store = local.openStore({ endpoint: proxy.endpoint });
    return { store, close: async () => (store.close(), proxy.close()) };
  };

  it('a retry that finds its own nonce has won: an update', async () => {
    const { store, close } = await losing('UpdateItem');
    await store.initialiseSeat(seatAt());
    const claimed = await store.apply(claimOf(seatAt()));
    expect(claimed.epoch).toBe(4);
    expect(await store.readSeat()).toEqual(claimed);
    await close();
  });

  it('a retry that finds its own nonce has won: a claim with its proof', async () => {
    const { store, close } = await losing('TransactWriteItems');
    await store.initialiseSeat(seatAt());
    const claimed = await store.apply(claimOf(seatAt()), { record: recordAt(4), voters: [] });
    expect(claimed.epoch).toBe(4);
    expect(await store.readSeat()).toEqual(claimed);
    await close();
  });

  it('a retry that finds its own round has written it, and its own seat has made it', async () => {
    const observing = await losing('PutItem');
    await observing.store.writeObservation(observationBy('az-b', 1), { takesOver: true });
    expect(await observing.store.readObservations()).toHaveLength(1);
    await observing.close();
    const making = await losing('PutItem');
    expect(await making.store.initialiseSeat(seatAt())).toEqual(seatAt());
    await making.close();
  });

  it("a retry that finds another's nonce is refused", async () => {
    const { store, close } = await losing('nothing');
    await store.initialiseSeat(seatAt());
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => store.apply(claimOf(seatAt()))));
    const refused = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason as Refused] : [],
    );
    expect(refused.map(({ code }) => code)).toEqual(['stale-epoch', 'stale-epoch']);
    await close();
  });

  it('a missing table is a wrong configuration, not a store that is down', async () => {
    const store = local.openStore({ table: 'evt-h5-nowhere' });
    const { error } = await failure(() => store.readSeat());
    expect(error).toBeInstanceOf(InvalidConfiguration);
    expect(error.cause).toBeInstanceOf(ResourceNotFoundException);
    store.close();
  });

  it('damage in the real table is named, too', async () => {
    const Item = { pk: { S: 'orders' }, sk: { S: 'seat' }, epoch: { S: 'three' } };
    await local.raw.send(new PutItemCommand({ TableName: local.table, Item }));
    const store = local.openStore();
    const { error } = await failure(() => store.readSeat());
    expect(error.message).toMatch(/item "seat".*at epoch/);
    store.close();
  });
});

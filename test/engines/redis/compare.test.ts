import type { CopiesReport } from '../../../lib/domain/consistency/report';
import { nameKeys } from '../../../lib/engines/key-names';
import { startDeadline } from '../../../lib/engines/deadline';
import { createRedisCompare } from '../../../lib/engines/redis/replica/compare';
import type { Command, Connection } from '../../../lib/engines/redis/replica/connection';
import { waitUntil } from '../../../lib/lab/wait-until';
import type { CopyReader } from '../../../lib/ports/consistency';
import { compareCopies, found } from '../compare-copies';
import type { RealRedis } from './real-servers';
import { startRealRedis } from './real-servers';

jest.setTimeout(120_000);

let servers: RealRedis;
let reader: CopyReader;
const readerWith = (keys: 'shown' | 'hashed' = 'shown'): CopyReader =>
  createRedisCompare({
    component: { endpoints: servers.endpoints, user: 'evac' },
    password: servers.password,
    nameKey: nameKeys(keys),
    itemsAtMost: 200,
  });

const runIn = async (zone: string, commands: readonly Command[]): Promise<void> => {
  const connection = await servers.open(zone, 'evac', 5_000);
  try {
    await connection.runAll(commands, startDeadline(10_000));
  } finally {
    connection.close();
  }
};

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

/** Of every type, in both encodings where there are two; what a replica loads is kept otherwise than what was added bit by bit. */
const data: readonly Command[] = [
  ...numbers(1_500).map((n): Command => ['SET', `plain:${n}`, `value ${n}`]),
  ...numbers(300).map((n): Command => ['SET', `until:${n}`, 'x', 'PX', 3_600_000 + n]),
  ...numbers(50).map((n): Command => ['HSET', `hash:${n}`, 'a', n, 'b', 'text']),
  ...numbers(700).map((n): Command => ['HSET', 'big-hash', `field ${n}`, n]),
  ...numbers(700).map((n): Command => ['SADD', 'big-set', `member ${n}`]),
  ...numbers(690).map((n): Command => ['SREM', 'big-set', `member ${n}`]),
  ...numbers(300).map((n): Command => ['ZADD', 'scores', n % 7, `member ${n}`]),
  ...numbers(300).map((n): Command => ['RPUSH', 'list', `element ${n}`]),
  ...numbers(30).map((n): Command => ['XADD', 'stream', '*', 'n', n]),
  ['SELECT', 3],
  ...numbers(40).map((n): Command => ['SET', `other:${n}`, n]),
];

beforeAll(async () => {
  servers = await startRealRedis();
  await runIn('az-a', data);
  reader = readerWith();
});
afterAll(async () => {
  await reader.close();
  await servers.close();
});

/** Written without a pause: what is never still for the length of a look is not known, and that is said. */
const onlyHot = ({ unknown }: CopiesReport): boolean =>
  unknown.every(({ why }) =>
    / changed in each of \d+ looks, e\.g\. db0 (hot|big-set|big-hash|list)$/.test(why),
  );

/** Hot counters, members that come and go, keys that end and come back: until it is told to stop. */
const startStir = (clients: number) => {
  let stopped = false;
  let writes = 0;
  const one = async (client: number): Promise<void> => {
    const connection: Connection = await servers.open('az-a', 'evac', 5_000);
    for (let turn = 0; !stopped; turn += 1) {
      const n = (turn * 7 + client) % 1_500;
      await connection.runAll(
        [
          ['INCR', 'hot'],
          ['SET', `plain:${n}`, `written ${turn}`],
          [turn % 2 === 0 ? 'SADD' : 'SREM', 'big-set', `coming ${client}`],
          ['HSET', 'big-hash', `field ${turn % 700}`, turn],
          ['SET', `short:${n % 50}`, turn, 'PX', 40],
          ['DEL', `until:${(turn + client) % 300}`],
          ['SET', `until:${(turn + client) % 300}`, 'x', 'PX', 3_600_000 + turn],
          ['LPUSH', 'list', turn],
          ['RPOP', 'list'],
        ],
        startDeadline(5_000),
      );
      writes += 9;
    }
    connection.close();
  };
  const running = numbers(clients).map(one);
  return {
    writes: () => writes,
    stop: async (): Promise<void> => {
      stopped = true;
      await Promise.all(running);
    },
  };
};

const plant = (commands: readonly Command[]): Promise<void> =>
  runIn('az-b', [
    ['CONFIG', 'SET', 'replica-read-only', 'no'],
    ...commands,
    ['CONFIG', 'SET', 'replica-read-only', 'yes'],
  ]);

const whole = (): Promise<void> =>
  waitUntil({ what: 'az-b to take the whole copy', timeoutMs: 15_000, everyMs: 20 }, async () =>
    String(await servers.ask('az-b', 'INFO', 'replication')).includes('master_link_status:up'),
  );

describe('two copies of Redis', () => {
  it('are equal whatever each keeps its sets and hashes in', async () => {
    // A replica that was loaded anew keeps a shrunk set and its hashes otherwise than the writer does.
    await servers.ask('az-a', 'CONFIG', 'SET', 'repl-backlog-size', '16384');
    await servers.ask('az-b', 'REPLICAOF', 'NO', 'ONE');
    await servers.ask('az-b', 'FLUSHALL');
    await servers.ask('az-b', 'REPLICAOF', servers.addressOf('az-a'), 6379);
    await whole();
    const report = await compareCopies(reader);
    expect(found(report)).toEqual([]);
    expect(report.unknown).toEqual([]);
    // All keys of the writer, and all of the copy once more.
    expect(report.items).toBeGreaterThan(2 * 1_890);
    // Sets and hashes are compared by what is in them at the first look.
    expect(report.itemsLookedAt).toBe(0);
  });

  it('are never called different while they are written, and what is planted is found by its name', async () => {
    const stir = startStir(3);
    try {
      const calm = await compareCopies(reader);
      expect(found(calm)).toEqual([]);
      expect(onlyHot(calm)).toBe(true);
      expect(calm.lookedAgain).toBeGreaterThan(0);
      await plant([
        ['HSET', 'hash:7', 'b', 'another'],
        ['DEL', 'hash:9'],
        ['SET', 'only-here', '1'],
        ['ZADD', 'scores', 99, 'member 3'],
        ['PEXPIRE', 'hash:11', 7_200_000],
        ['SELECT', 3],
        ['SET', 'other:5', 'x'],
        ['SET', 'ümlaut', 'x'],
      ]);
      const report = await compareCopies(reader);
      expect(found(report)).toEqual([
        'db0 hash:11: different',
        'db0 hash:7: different',
        'db0 hash:9: missing at the standby',
        'db0 only-here: only at the standby',
        'db0 scores: different',
        'db3 "ümlaut": only at the standby',
        'db3 other:5: different',
      ]);
      expect(onlyHot(report)).toBe(true);
      expect(stir.writes()).toBeGreaterThan(1_000);
    } finally {
      await stir.stop();
      await plant([['DEL', 'only-here']]);
    }
  });

  it('writes keys as hashes where they may say something of a person, and a key of any bytes', async () => {
    const hashed = readerWith('hashed');
    const report = await compareCopies(hashed);
    await hashed.close();
    expect(found(report).join()).toMatch(/^db0 sha256:[0-9a-f]{16}: /);
    expect(JSON.stringify(report)).not.toMatch(/hash:7|ümlaut|another/);
    const bytes = reader.nameOf({ name: '', place: { db: 0, keys: [], what: 'contents' } }, '\xff\x00');
    expect(bytes).toBe('db0 0xff00');
  });

  it('does not read a value of many megabytes whole, and says so', async () => {
    await servers.ask('az-a', 'SETRANGE', 'huge', 9 * 1024 * 1024, 'x');
    const report = await compareCopies(reader);
    expect(report.notes).toContainEqual(expect.stringMatching(/^db0 huge is larger than 8 MiB/));
    expect(found(report).join()).not.toContain('huge');
    await plant([['APPEND', 'huge', 'y']]);
    expect(found(await compareCopies(reader))).toContain('db0 huge: different');
    await servers.ask('az-a', 'DEL', 'huge');
  });
});

describe('a copy that cannot be read', () => {
  it('is not known, and not called different, when it is silent', async () => {
    servers.signal('az-b', 'SIGSTOP');
    try {
      const report = await compareCopies(reader, { requestMs: 300 });
      expect(report.differencesFound).toBe(0);
      expect(report.unknownFound).toBeGreaterThan(0);
      expect(report.unknown[0]?.why).toMatch(/^the standby: .*no answer within/);
    } finally {
      servers.signal('az-b', 'SIGCONT');
    }
    await whole();
  });

  it('is not known when it follows nobody, or the server refuses', async () => {
    await servers.ask('az-b', 'REPLICAOF', 'NO', 'ONE');
    const alone = await compareCopies(reader);
    expect(alone.differencesFound).toBe(0);
    expect(alone.unknown[0]?.why).toBe('the server in az-b is no replica');
    await servers.ask('az-b', 'REPLICAOF', servers.addressOf('az-a'), 6379);
    await whole();
    await servers.ask('az-b', 'ACL', 'SETUSER', 'evac', '-dump');
    const refused = await compareCopies(reader);
    expect(refused.differencesFound).toBe(0);
    expect(refused.unknown[0]?.why).toMatch(/NOPERM/);
    await servers.ask('az-b', 'ACL', 'SETUSER', 'evac', '+@all');
  });
});

import { startDeadline } from '../../../lib/engines/deadline';
import type { RealRedis } from './real-servers';
import { startRealRedis } from './real-servers';

jest.setTimeout(60_000);

let servers: RealRedis;
beforeEach(async () => {
  servers = await startRealRedis();
});
afterEach(() => servers.close());

const effect = (epoch: number, deadlineMs = 5_000) => ({ epoch, deadlineMs });

/** As an order is written: a transaction of two writes, of which Redis keeps the frame in its append-only file. */
const writeAsWorkload = async (key: string): Promise<void> => {
  const connection = await servers.open('az-a', 'orders', 1_000);
  try {
    const deadline = startDeadline(1_000);
    await connection.run(['MULTI'], deadline);
    await connection.run(['SET', `orders:${key}`, 'kept'], deadline);
    await connection.run(['INCR', 'orders:count'], deadline);
    await connection.run(['EXEC'], deadline);
  } finally {
    connection.close();
  }
};

const place = { writer: 'az-a', eligible: null, cooldownUntilMs: 0 };
const seat = { epoch: 3, ...place, beside: { redis: place }, operation: null };

const restart = async (zone: string): Promise<void> => {
  await servers.kill(zone);
  await servers.stopAgent(zone);
  await (
    await servers.startAgent(zone, async () => seat)
  ).booted;
};

describe('a writer that was killed and comes back', () => {
  it('has all transactions that it acknowledged, and its own fence row', async () => {
    await servers.engine.degrade('az-a', effect(2));
    await writeAsWorkload('1');
    await servers.engine.admitWrites('az-a', effect(3));
    await restart('az-a');
    expect([...(await servers.idsIn('az-a'))].sort()).toEqual(['1', 'count']);
    expect(await servers.ask('az-a', 'HGET', 'evac:fence', 'epoch')).toBe('3');
  });

  it('is not copied when its row is of a history in which another zone wrote', async () => {
    await servers.ask('az-a', 'HSET', 'evac:fence', 'zone', 'az-b');
    const { engine } = servers;
    for (const act of [
      engine.rejoin('az-b', 'az-a', effect(2)),
      engine.ensureSynchronous('az-a', 'az-b', effect(2)),
      engine.degrade('az-a', effect(2)),
      engine.admitWrites('az-a', effect(2)),
      engine.undoFence('az-a', { standby: null }, effect(2)),
    ])
      await expect(act).rejects.toMatchObject({ name: 'Refused', code: 'lost-history' });
    expect(await servers.ask('az-a', 'HGET', 'evac:fence', 'epoch')).toBe('1');
  });

  it('would lose them where the default user may not run all that is replayed: found before a move', async () => {
    const finding = /user default may not run everything in az-b/;
    expect((await servers.engine.preflight('az-b', effect(2))).findings.join()).not.toMatch(finding);
    for (const rules of [['-@all'], ['+@all', 'resetkeys'], ['allkeys', '-flushall']]) {
      await servers.ask('az-b', 'ACL', 'SETUSER', 'default', ...rules);
      expect((await servers.engine.preflight('az-b', effect(2))).findings.join()).toMatch(finding);
    }
  });
});

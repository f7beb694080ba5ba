import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StaleEpoch, Unreachable } from '../../../lib/domain/errors';
import { createRedisCompare } from '../../../lib/engines/redis/replica/compare';
import { nameKeys } from '../../../lib/engines/key-names';
import { redisState } from '../../../lib/lab/redis-host/server-process';
import type { CopyReader } from '../../../lib/ports/consistency';
import { compareCopies, found } from '../compare-copies';
import type { RealRedis } from './real-servers';
import { startRealRedis } from './real-servers';

jest.setTimeout(120_000);

const effect = (epoch: number, deadlineMs = 30_000) => ({ epoch, deadlineMs });

let servers: RealRedis;
let reader: CopyReader;
beforeAll(async () => {
  servers = await startRealRedis();
  const component = { endpoints: servers.endpoints, user: 'evac' };
  const { password } = servers;
  reader = createRedisCompare({ component, password, nameKey: nameKeys('shown'), itemsAtMost: 200 });
  for (const key of ['one', 'two', 'three']) await servers.ask('az-a', 'SET', `orders:${key}`, key);
  // Past Evac and past replication, as a person with a shell would.
  await servers.ask('az-b', 'CONFIG', 'SET', 'replica-read-only', 'no');
  await servers.ask('az-b', 'SET', 'orders:one', 'changed');
  await servers.ask('az-b', 'SET', 'orders:extra', 'x');
  await servers.ask('az-b', 'DEL', 'orders:three');
});
afterAll(async () => {
  await reader.close();
  await servers.close();
});

const DIFFERENT = [
  'db0 orders:extra: only at the standby',
  'db0 orders:one: different',
  'db0 orders:three: missing at the standby',
];
const names = async (): Promise<readonly string[]> => found(await compareCopies(reader));
const dataIn = (zone: string): string => servers.filesOf(zone).data;

describe('a replica that differs', () => {
  it('stays so when it only rejoins: its offset fits', async () => {
    expect(await names()).toEqual(DIFFERENT);
    await servers.engine.degrade('az-a', effect(2));
    expect(await servers.engine.rejoin('az-b', 'az-a', effect(2))).toEqual({ how: 'already' });
    expect(await names()).toEqual(DIFFERENT);
  });

  it('is not given up for an upstream that does not answer', async () => {
    const where = { epoch: 2, upstreamHost: '127.0.0.1', upstreamPort: 9, standbyName: 'az-b-e2' };
    const refused = servers.control.rejoin('az-b', { ...where, fresh: true, keep: true }, 30_000);
    await expect(refused).rejects.toThrow(Unreachable);
    expect(redisState(dataIn('az-b'))).toBe('running');
    expect(await names()).toEqual(DIFFERENT);
  });

  it('is made anew from its writer, is equal and synchronous then, and what it had is kept', async () => {
    await servers.engine.degrade('az-a', effect(3));
    const kept = `${dataIn('az-b')}.kept-e3`;
    const made = await servers.engine.rejoin('az-b', 'az-a', effect(3), { keep: true });
    expect(made).toEqual({ how: 'recloned', kept });
    await servers.engine.ensureSynchronous('az-a', 'az-b', effect(3));
    expect(await compareCopies(reader)).toMatchObject({ differencesFound: 0, unknownFound: 0 });
    expect(await servers.ask('az-b', 'CONFIG', 'GET', 'replica-read-only')).toEqual([
      'replica-read-only',
      'yes',
    ]);
    expect(existsSync(join(kept, 'appendonlydir'))).toBe(true);
    expect([...(await servers.idsIn('az-a'))].sort()).toEqual(['one', 'three', 'two']);
  });

  it('is not made anew twice at one epoch, nor by an older one', async () => {
    const before = statSync(dataIn('az-b')).ino;
    const again = await servers.engine.rejoin('az-b', 'az-a', effect(3), { keep: true });
    expect(again).toEqual({ how: 'already', kept: `${dataIn('az-b')}.kept-e3` });
    const late = servers.engine.rejoin('az-b', 'az-a', effect(2), { keep: true });
    await expect(late).rejects.toThrow(StaleEpoch);
    expect(statSync(dataIn('az-b')).ino).toBe(before);
  });
});

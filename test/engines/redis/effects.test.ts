import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { DeadlineExceeded, Refused, StaleEpoch, Unreachable } from '../../../lib/domain/errors';
import { startDeadline } from '../../../lib/engines/deadline';
import { connect } from '../../../lib/engines/redis/replica/connection';
import { underEpoch } from '../../../lib/engines/redis/replica/epoch-guard';
import { createRedisStoreHost } from '../../../lib/lab/redis-host/redis-store-host';
import { rejoinReplica } from '../../../lib/lab/redis-host/rejoin-replica';
import type { RealRedis } from './real-servers';
import { startRealRedis } from './real-servers';

jest.setTimeout(90_000);

const effect = (epoch: number, deadlineMs = 5_000) => ({ epoch, deadlineMs });

let servers: RealRedis;
beforeEach(async () => {
  servers = await startRealRedis();
});
afterEach(() => servers.close());

describe('an effect and the fence row', () => {
  it('is taken again when the row was changed between its look and its act, and refused when it was outrun', async () => {
    const { sessions } = servers;
    const raiseBetween = (epochs: readonly number[], ours: number) => {
      const left = [...epochs];
      return underEpoch(sessions, 'az-a', effect(ours), async ({ commit }) => {
        const next = left.shift();
        if (next !== undefined) await servers.ask('az-a', 'HSET', 'evac:fence', 'epoch', next);
        await commit([['SET', 'evac:probe', ours]]);
      });
    };
    await raiseBetween([2, 3], 3);
    expect(await servers.ask('az-a', 'GET', 'evac:probe')).toBe('3');
    await expect(raiseBetween([4], 3)).rejects.toThrow(StaleEpoch);
    expect(await servers.ask('az-a', 'GET', 'evac:probe')).toBe('3');
  });

  it('gives up when the row never stands still', async () => {
    const act = underEpoch(servers.sessions, 'az-a', effect(2, 300), async ({ commit }) => {
      await servers.ask('az-a', 'HSET', 'evac:fence', 'standby', String(performance.now()));
      await commit([]);
    });
    await expect(act).rejects.toThrow(DeadlineExceeded);
  });

  it('is refused by a server that has none', async () => {
    await servers.ask('az-a', 'DEL', 'evac:fence');
    await expect(servers.engine.ensureWriterIn('az-a', effect(2))).rejects.toMatchObject({
      code: 'no-fence-row',
    });
    expect(await servers.engine.verify('az-a', effect(2))).toMatchObject({ ok: false });
    expect((await servers.engine.preflight('az-b', effect(2))).findings.join()).toContain(
      'evac:fence in az-b is missing',
    );
  });
});

describe('what would break the promise', () => {
  it('a user who may write and whom no fence would stop is a finding, as is a replica that takes writes', async () => {
    await servers.ask('az-b', 'ACL', 'SETUSER', 'stranger', 'on', '+@all');
    await servers.ask('az-b', 'ACL', 'SETUSER', 'reader', 'on', '+@read');
    await servers.ask('az-b', 'ACL', 'SETUSER', 'auditor', 'on', '+@all', '-@write');
    await servers.ask('az-b', 'ACL', 'DELUSER', 'orders');
    await servers.ask('az-b', 'CONFIG', 'SET', 'replica-read-only', 'no');
    const { findings } = await servers.engine.preflight('az-b', effect(2));
    expect(findings).toEqual([
      'replica-read-only is no in az-b: set it to yes',
      'there is no user orders in az-b',
      'user stranger may write in az-b and is not in workloadUsers: no fence would stop it',
    ]);
  });

  it('a second replica would be counted by WAIT for the standby: refused', async () => {
    const stray = await servers.open('az-a', 'evac', 2_000);
    // The answer is the whole copy, which this client does not understand.
    stray.run(['PSYNC', '?', '-1'], startDeadline(2_000)).catch(() => undefined);
    const call = async () => servers.engine.ensureSynchronous('az-a', 'az-b', effect(2));
    const deadlineMs = performance.now() + 3_000;
    let code: unknown;
    while (code !== 'stray-replica' && performance.now() < deadlineMs)
      code = await call().then(
        () => null,
        (error: unknown) => (error instanceof Refused ? error.code : error),
      );
    stray.close();
    expect(code).toBe('stray-replica');
  });

  it('a replica is not proven before its copy is on disk: killed until then, it would come back without', async () => {
    await servers.engine.degrade('az-a', effect(2));
    // µs a key, so that the child that writes the file takes over a second.
    await servers.ask('az-b', 'CONFIG', 'SET', 'rdb-key-save-delay', '600000');
    await servers.ask('az-b', 'BGREWRITEAOF');
    const proof = (deadlineMs: number) =>
      servers.engine.ensureSynchronous('az-a', 'az-b', effect(3, deadlineMs));
    await expect(proof(200)).rejects.toThrow(/az-b to have its copy on disk/);
    expect(await servers.ask('az-a', 'HGET', 'evac:fence', 'standby')).toBe('');
    await proof(30_000);
    expect(await servers.ask('az-a', 'HGET', 'evac:fence', 'standby')).toBe('az-b-e3');
  });

  it('an empty server is never started as the writer: its replica would be wiped', async () => {
    await servers.kill('az-a');
    rmSync(servers.filesOf('az-a').data, { recursive: true });
    const host = createRedisStoreHost(servers.hostOf('az-a'));
    await expect(host.startAsWriter()).rejects.toMatchObject({ code: 'no-data' });
  });

  it('whom a server kept out, it keeps out when it starts again, until he is let in', async () => {
    const come = async (): Promise<string> =>
      servers.open('az-b', 'orders', 1_000).then(
        (session) => (session.close(), 'open'),
        (error: unknown) => String(error),
      );
    const restart = async (): Promise<void> => {
      await servers.kill('az-b');
      await createRedisStoreHost(servers.hostOf('az-b')).startAsWriter();
    };
    await servers.engine.ensureWriterIn('az-b', effect(2));
    await restart();
    expect(await come()).toContain('WRONGPASS');
    await servers.engine.admitWrites('az-b', effect(2));
    await restart();
    expect(await come()).toBe('open');
  });

  it('a server that would forget whom it keeps out is neither fenced nor promoted', async () => {
    const withoutFile = async (zone: 'az-a'): Promise<void> => {
      const { config, users } = servers.filesOf(zone);
      const settings = readFileSync(config, 'utf8');
      const inline = readFileSync(users, 'utf8').trim();
      writeFileSync(config, settings.replace(/^aclfile .*$/m, inline));
      await servers.kill(zone);
      await createRedisStoreHost(servers.hostOf(zone)).startAsWriter();
    };
    await withoutFile('az-a');
    const fence = await servers.engine.fence('az-a', { mode: 'planned', standbyEligible: true }, effect(2));
    expect(fence).toMatchObject({ holds: false, why: expect.stringContaining('no aclfile is set in az-a') });
    const { findings } = await servers.engine.preflight('az-a', effect(2));
    expect(findings.join()).toContain('no aclfile is set in az-a');
    const session = await servers.open('az-a', 'orders', 1_000);
    session.close();
  });

  it('nothing is thrown away for an upstream that is not there', async () => {
    await servers.kill('az-b');
    const nowhere = { host: servers.addressOf('az-b'), port: 6379 };
    await expect(rejoinReplica(servers.hostOf('az-a'), nowhere)).rejects.toThrow(Unreachable);
    expect((await servers.engine.probe('az-a', 500)).replication?.role).toBe('primary');
  });
});

describe('what a session says when it cannot be had', () => {
  it('a wrong password is the server’s own answer, and no evidence against it', async () => {
    const access = {
      host: servers.addressOf('az-a'),
      port: 6379,
      user: 'evac',
      password: async () => 'wrong',
    };
    await expect(connect(access, { name: 'x' }, startDeadline(500))).rejects.toThrow(/WRONGPASS/);
    const gone = { ...access, port: 6390 };
    await expect(connect(gone, { name: 'x' }, startDeadline(500))).rejects.toThrow(Unreachable);
    await expect(connect(access, { name: 'x' }, startDeadline(0))).rejects.toThrow(DeadlineExceeded);
  });

  it('a command that fails inside a transaction is an error, although the rest was done', async () => {
    const connection = await servers.open('az-a', 'evac', 1_000);
    const commands = [
      ['SET', 'evac:probe', 'text'],
      ['INCR', 'evac:probe'],
    ] as const;
    await expect(connection.commit(commands, startDeadline(1_000))).rejects.toThrow(/not an integer/);
    expect(connection.isOpen()).toBe(true);
    connection.close();
  });
});

import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import {
  DeadlineExceeded,
  EvacError,
  InvalidConfiguration,
  StaleEpoch,
  Unreachable,
} from '../../../lib/domain/errors';
import { createHostAgentControl } from '../../../lib/engines/host-agent/host-agent-control';
import { findPostgres } from '../../../lib/lab/postgres-binaries';
import { askLocally } from '../../../lib/lab/postgres-host/local-server';
import { findOsUser } from '../../../lib/lab/store-host/os-user';
import { runPostgres } from '../../../lib/lab/postgres-host/postgres-command';
import { serverProcesses } from '../../../lib/lab/postgres-host/server-process';
import { runSingleUser } from '../../../lib/lab/postgres-host/template';
import { runTool } from '../../../lib/lab/run-tool';
import { waitUntil } from '../../../lib/lab/wait-until';
import type { RealServers } from '../../engines/postgres/real-servers';
import { operationAt } from '../../lambdas/ports';
import { startRealServers } from '../../engines/postgres/real-servers';
import { seatAtBoot } from '../store-host/seat-at-boot';

jest.setTimeout(90_000);

describe('a host agent beside a real server', () => {
  let servers: RealServers;
  beforeAll(async () => {
    servers = await startRealServers();
  });
  afterAll(() => servers.close());

  const restartAgent = async (zone: string, readSeat: Parameters<RealServers['startAgent']>[1]) => {
    await servers.stopAgent(zone);
    return servers.startAgent(zone, readSeat);
  };
  const send = (path: string, body: string, method = 'POST'): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const host = servers.addressOf('az-a');
      const req = request({ host, port: 8081, path, method, agent: false }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      req.on('error', reject);
      req.end(body);
    });

  it('keeps its passwords from everybody else', () => {
    const { passwords, data } = servers.filesOf('az-a');
    expect(statSync(passwords).mode & 0o077).toBe(0);
    expect(readFileSync(join(data, 'postgresql.auto.conf'), 'utf8')).not.toContain(servers.password);
    const lines = serverProcesses(data).map((pid) =>
      runTool({ command: 'ps', args: ['-ww', '-o', 'args=', '-p', `${pid},1`], timeoutMs: 2_000 }),
    );
    expect(lines.join()).toContain(data);
    expect(lines.join()).not.toContain(servers.password);
  });

  it('refuses an order that it cannot understand, and does nothing', async () => {
    const wrong = ['', '{', '[]', '{"epoch":1}', '{"epoch":-1,"timeoutMs":5}', '{"epoch":1.5,"timeoutMs":5}'];
    for (const body of wrong) expect((await send('/stop', body)).status).toBe(400);
    expect((await send('/stop', 'x'.repeat(20_000))).status).toBe(400);
    const injection = { epoch: 1, upstreamHost: 'x', upstreamPort: 1, standbyName: `a' b`, timeoutMs: 5 };
    expect((await send('/rejoin', JSON.stringify(injection))).status).toBe(400);
    expect((await send('/nothing', '{}')).status).toBe(404);
    expect((await send('/stop', '', 'GET')).status).toBe(404);
    expect(servers.stateOf('az-a')).toBe('running');
  });

  it('remembers the highest epoch over a restart, and refuses older orders', async () => {
    await servers.control.rejoin(
      'az-b',
      { epoch: 7, upstreamHost: servers.addressOf('az-a'), upstreamPort: 5432, standbyName: 'az-b-e7' },
      20_000,
    );
    await restartAgent('az-b', async () => null);
    expect(await servers.control.status('az-b', 2_000)).toEqual({ up: true, engine: 'running', epoch: 7 });
    await expect(servers.control.stop('az-b', { epoch: 6 }, 2_000)).rejects.toThrow(StaleEpoch);
    expect(servers.stateOf('az-b')).toBe('running');
  });

  it('answers in time that an order goes on, and the same order joins it', async () => {
    servers.signal('az-a', 'SIGSTOP');
    const order = {
      epoch: 8,
      upstreamHost: servers.addressOf('az-a'),
      upstreamPort: 5432,
      standbyName: 'az-b-e8',
    };
    await expect(servers.control.rejoin('az-b', order, 250)).rejects.toThrow(DeadlineExceeded);
    servers.signal('az-a', 'SIGCONT');
    const { how } = await servers.control.rejoin('az-b', order, 60_000);
    expect(['already', 'restarted', 'rewound', 'recloned']).toContain(how);
    const orders = servers.logged.filter(
      ({ event, detail }) => event === 'rejoin ordered' && JSON.stringify(detail).includes('az-b-e8'),
    );
    expect(orders).toHaveLength(1);
  });

  it('stops a server of which a part has frozen', async () => {
    servers.signal('az-b', 'SIGSTOP');
    await servers.control.stop('az-b', { epoch: 9 }, 8_000);
    expect(await servers.control.status('az-b', 1_000)).toEqual({ up: true, engine: 'stopped', epoch: 9 });
    expect(serverProcesses(servers.filesOf('az-b').data)).toEqual([]);
  });

  it('starts the server of the seat’s writer, and of nobody else (§3b.8)', async () => {
    await servers.kill('az-a');
    const other = await restartAgent('az-a', async () => seatAtBoot('az-b', 9));
    expect(await other.booted).toBe('left-stopped');
    const older = await restartAgent('az-a', async () => seatAtBoot('az-a', 3));
    expect(await older.booted).toBe('left-stopped');
    expect(await servers.control.status('az-a', 1_000)).toEqual({ up: true, engine: 'stopped', epoch: 9 });
    const own = await restartAgent('az-a', async () => seatAtBoot('az-a', 9));
    expect(await own.booted).toBe('started-as-writer');
    expect(servers.stateOf('az-a')).toBe('running');
  });

  it('waits while an operation relies on its being down, and starts when that is undone (I1)', async () => {
    await servers.kill('az-a');
    let asked = 0;
    const agent = await restartAgent('az-a', async () => {
      asked += 1;
      const phase = asked < 4 ? 'switching' : 'undoing';
      const operation = operationAt(9, { phase, eligibleBefore: { postgres: null } });
      return { ...seatAtBoot('az-a', 9), operation };
    });
    expect(await agent.booted).toBe('started-as-writer');
    expect(asked).toBe(4);
  });

  it('starts nothing while the seat cannot be read, and goes on asking', async () => {
    await servers.kill('az-a');
    let asked = 0;
    const agent = await restartAgent('az-a', async () => {
      asked += 1;
      if (asked === 1) throw new Unreachable('the state store does not answer');
      return asked < 4 ? null : seatAtBoot('az-a', 9);
    });
    await waitUntil({ what: 'a second question', timeoutMs: 2_000 }, () => asked >= 2);
    expect(await agent.booted).toBe('started-as-writer');
    expect(asked).toBe(4);
  });

  it('takes an order while it waits for the seat', async () => {
    await servers.kill('az-a');
    const agent = await restartAgent('az-a', () => new Promise(() => undefined));
    await servers.control.stop('az-a', { epoch: 10 }, 2_000);
    expect(await agent.booted).toBe('abandoned');
    expect(servers.stateOf('az-a')).toBe('stopped');
  });

  it('tells at once why a server does not start', async () => {
    const { data } = servers.filesOf('az-a');
    const hidden = readFileSync(join(data, 'global', 'pg_control'));
    rmSync(join(data, 'global', 'pg_control'));
    const agent = await restartAgent('az-a', async () => seatAtBoot('az-a', 10));
    await expect(agent.booted).rejects.toThrow(/pg_control/);
    writeFileSync(join(data, 'global', 'pg_control'), hidden);
    expect(servers.logged.some(({ event }) => event === 'boot failed')).toBe(true);
  });

  it('takes no silence, and no wrong login, for an answer', async () => {
    expect(await askLocally(servers.filesOf('az-a'), 5432, 'select 1')).toBeNull();
  });
});

describe('the tools of a host', () => {
  const tools = { binaries: '/nonexistent', user: null };

  it('name what failed', async () => {
    await expect(runPostgres(tools, { name: 'initdb', args: [], timeoutMs: 100 })).rejects.toThrow(/initdb/);
    const sql = { database: 'x', statements: ['select 1'] };
    await expect(runSingleUser(tools, '/nonexistent', sql)).rejects.toThrow(/postgres/);
  });

  it('may end before they have read their input', async () => {
    const binaries = findPostgres()?.folder ?? '';
    const input = 'x'.repeat(1_000_000);
    const version = { name: 'initdb', args: ['--version'], input, timeoutMs: 10_000 } as const;
    expect(await runPostgres({ binaries, user: null }, version)).toContain('PostgreSQL');
  });

  it('run as the named user, who must exist', () => {
    const asRoot = process.getuid?.() === 0;
    const accounts = 'root:x:0:0::/root:/bin/sh\npostgres:x:101:104::/:/bin/sh\n';
    expect(findOsUser('postgres', accounts)).toEqual(asRoot ? { uid: 101, gid: 104 } : null);
    if (asRoot) expect(() => findOsUser('nobody-here', accounts)).toThrow(InvalidConfiguration);
  });
});

describe('host control without an agent', () => {
  it('says who is missing', async () => {
    const control = createHostAgentControl({
      'az-a': { kind: 'agent', host: '127.0.0.1', port: 9 },
      'az-b': { kind: 'ssm', instanceId: 'i-1' },
    });
    await expect(control.status('az-a', 500)).rejects.toThrow(Unreachable);
    await expect(control.status('az-b', 500)).rejects.toThrow(InvalidConfiguration);
    await expect(control.status('az-c', 500)).rejects.toBeInstanceOf(EvacError);
  });
});

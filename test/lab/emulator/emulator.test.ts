import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  childPids,
  emulatorCommand,
  EmulatorNotHealthy,
  waitUntilHealthy,
} from '../../../lib/lab/emulator/emulator';
import { eventually, isAlive, projectFolder, python, startLocalRegion } from './local-region';
import { freePort } from '../../free-port';

const run = promisify(execFile);

describe('emulatorCommand', () => {
  const options = {
    projectFolder: '/p',
    python: '/py',
    bindHost: '198.18.0.1',
    port: 4566,
    tmpFolder: '/t',
    nodeShimFolder: '/shim',
  };

  test('lets nothing of the caller through, least of all a real account', () => {
    process.env['AWS_PROFILE'] = 'production';
    const { env } = emulatorCommand(options);
    delete process.env['AWS_PROFILE'];
    expect(Object.keys(env)).not.toContain('AWS_PROFILE');
    expect(env).toMatchObject({
      AWS_ENDPOINT_URL: 'http://198.18.0.1:4566',
      AWS_ACCESS_KEY_ID: 'test',
      TMPDIR: '/t',
    });
    expect(env['PATH']).toMatch(/^\/shim:/);
  });

  test('a Lambda sees this environment and no other', async () => {
    process.env['EVAC_CANARY'] = 'leaked';
    const region = await startLocalRegion();
    try {
      await region.createFunction('environment', 'return process.env;');
      const { result } = await region.invoke('environment');
      expect(result).toMatchObject({ AWS_ENDPOINT_URL: region.endpoint, TMPDIR: region.tmpFolder });
      expect(Object.keys(result as object)).not.toContain('EVAC_CANARY');
    } finally {
      delete process.env['EVAC_CANARY'];
      await region.close();
    }
  }, 30_000);
});

describe('waitUntilHealthy', () => {
  test('refuses an address that nobody serves, in time', async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    await expect(waitUntilHealthy({ endpoint, deadlineMs: 200 })).rejects.toThrow(
      /within 200 ms .*fetch failed/,
    );
  });

  test('refuses a server that answers with an error, and says which', async () => {
    const server = createServer((_, answer) => answer.writeHead(503).end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    await expect(waitUntilHealthy({ endpoint, deadlineMs: 200 })).rejects.toThrow(/HTTP 503/);
    server.close();
    server.closeAllConnections();
  });

  test('does not wait for a process that has ended', async () => {
    const wait = waitUntilHealthy({
      endpoint: 'http://127.0.0.1:9',
      deadlineMs: 60_000,
      ended: AbortSignal.abort(),
    });
    await expect(wait).rejects.toBeInstanceOf(EmulatorNotHealthy);
  });
});

describe('childPids', () => {
  test('finds what is below a process, at any depth, until it has ended', async () => {
    const parent = spawn('sh', ['-c', 'sh -c "sleep 30; true" ; true']);
    const pid = Number(parent.pid);
    const below = await eventually(
      () => childPids(pid),
      ({ length }) => length === 2,
    );
    [pid, ...below].forEach((one) => process.kill(one, 'SIGKILL'));
    await once(parent, 'exit');
    expect(await childPids(pid)).toEqual([]);
    await eventually(
      () => Promise.resolve(below.filter(isAlive)),
      ({ length }) => length === 0,
    );
  });
});

describe('a MiniStack that is not as the patches expect', () => {
  const applyAfter = (change: string): Promise<unknown> =>
    run(python, ['-B', '-c', `${change}\nimport patches\npatches.apply()`], {
      env: { PYTHONPATH: join(projectFolder, 'lib/lab/emulator') },
    });

  test.each([
    [
      'another version',
      'import importlib.metadata as m; m.version = lambda name: "1.5.34"',
      /1\.5\.34 is installed.*1\.5\.33/,
    ],
    [
      'a private name gone',
      'from ministack.services import scheduler; del scheduler._SCHEDULE_TICK_INTERVAL',
      /ministack\.services\.scheduler\._SCHEDULE_TICK_INTERVAL does not exist/,
    ],
    [
      'another text',
      'from ministack.core import lambda_runtime; lambda_runtime._NODEJS_WORKER_SCRIPT = ""',
      /ministack\.core\.lambda_runtime\._NODEJS_WORKER_SCRIPT has 0 times/,
    ],
    [
      'another function',
      'from ministack.services import stepfunctions as s; s._start_execution = s._stop_execution',
      /ministack\.services\.stepfunctions\._start_execution has 0 times/,
    ],
    [
      'a name of ours taken',
      'from ministack.services import stepfunctions as s; s.record = 1',
      /_run_sub_machine: its module already has a name record/,
    ],
  ])('is refused by name: %s', async (_, change, message) => {
    await expect(applyAfter(change)).rejects.toThrow(message);
  });
});

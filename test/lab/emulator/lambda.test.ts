import { DeleteFunctionCommand, InvokeCommand } from '@aws-sdk/client-lambda';
import { eventually, startLocalRegion } from './local-region';
import type { LocalRegion } from './local-region';

let region: LocalRegion;
beforeAll(async () => {
  region = await startLocalRegion();
}, 30_000);
afterAll(() => region.close());

describe('a thrown error', () => {
  beforeAll(async () => {
    await region.createFunction(
      'fails-by-name',
      `if (!event.fail) return process.pid;
       throw Object.assign(new Error('refused at 3 of 5'), { name: event.fail });`,
    );
  });

  test('keeps its name as errorType (plain MiniStack: Runtime.HandlerError)', async () => {
    const failed = await region.invoke('fails-by-name', { fail: 'NotEligible' });
    expect(failed.error).toBe('Unhandled');
    expect(failed.result).toMatchObject({ errorType: 'NotEligible', errorMessage: 'refused at 3 of 5' });
  });

  test('leaves the worker warm (plain MiniStack: another process each time)', async () => {
    const before = await region.invoke('fails-by-name');
    await region.invoke('fails-by-name', { fail: 'NotEligible' });
    expect((await region.invoke('fails-by-name')).result).toBe(before.result);
  });

  test('a worker that dies is Runtime.ExitError, and the next call has a new one', async () => {
    await region.createFunction('dies', `if (event.die) process.exit(1); return 'alive';`);
    expect((await region.invoke('dies', { die: true })).result).toMatchObject({
      errorType: 'Runtime.ExitError',
    });
    expect((await region.invoke('dies')).result).toBe('alive');
  });

  test('a worker that cannot start ends no invocation that runs (plain MiniStack ends it)', async () => {
    await region.createFunction(
      'starts-once',
      `return await new Promise((done) => setTimeout(() => done('through'), 1500)); }
       const fs = require('node:fs'); const flag = process.env.TMPDIR + '/started-once';
       if (fs.existsSync(flag)) throw new Error('cannot start'); fs.writeFileSync(flag, ''); {`,
    );
    const running = region.invoke('starts-once');
    await eventually(
      () => import('node:fs').then((fs) => fs.existsSync(`${region.tmpFolder}/started-once`)),
      Boolean,
    );
    expect((await region.invoke('starts-once')).error).toBe('Unhandled');
    expect((await running).result).toBe('through');
  });
});

describe('the log', () => {
  test('costs a silent warm invocation no wait (plain MiniStack: 50 ms)', async () => {
    await region.createFunction('silent', 'return event;');
    await region.invoke('silent');
    const tookMs: number[] = [];
    for (let i = 0; i < 11; i += 1) tookMs.push((await region.invoke('silent')).tookMs);
    expect(tookMs.sort((a, b) => a - b)[5]).toBeLessThan(40);
  });

  test('is complete, also when lines come with a pause in between (plain MiniStack: cut off)', async () => {
    await region.createFunction(
      'talks',
      `for (let i = 0; i < 300; i += 1) console.log('line', i);
       await new Promise((done) => setTimeout(done, 30)); process.stderr.write('unfinished line'); return 1;`,
    );
    const { log } = await region.invoke('talks');
    expect(log.split('\n').filter((line) => line.startsWith('line'))).toHaveLength(300);
    expect(log).toContain('line 299\nunfinished line');
    expect(log).not.toContain('evac-end-of-log');
  });
});

describe('several invocations of one function at once', () => {
  beforeAll(async () => {
    await region.createFunction(
      'loops',
      `await new Promise((done) => setTimeout(done, event.ms)); return process.pid;`,
      60,
    );
  });

  test('each has a worker of its own, and other requests are served meanwhile', async () => {
    const running = [1, 2, 3, 4].map(() => region.invoke('loops', { ms: 2500 }));
    await region.createFunction('meanwhile', 'return 1;');
    const meanwhile = await region.invoke('meanwhile');
    const finished = await Promise.all(running);
    expect(new Set(finished.map(({ result }) => result)).size).toBe(4);
    expect(meanwhile.tookMs).toBeLessThan(2000);
    expect(Math.max(...finished.map(({ tookMs }) => tookMs))).toBeLessThan(5000);
  });

  test('InvocationType Event answers before the function ends', async () => {
    const started = performance.now();
    const request = {
      FunctionName: 'loops',
      InvocationType: 'Event',
      Payload: Buffer.from('{"ms":3000}'),
    } as const;
    expect((await region.lambda.send(new InvokeCommand(request))).StatusCode).toBe(202);
    expect(performance.now() - started).toBeLessThan(1000);
    await region.lambda.send(new DeleteFunctionCommand({ FunctionName: 'loops' }));
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  childPids,
  emulatorCommand,
  LOCAL_REGION,
  waitUntilHealthy,
} from '../../../lib/lab/emulator/emulator';
import { zipOneFile } from './zip';
import { freePort } from '../../free-port';

export const projectFolder = resolve(__dirname, '../../..');
export const python = join(projectFolder, '.cache/python/bin/python');

const role = `arn:aws:iam::${LOCAL_REGION.accountId}:role/test`;

export interface Invocation {
  readonly result: unknown;
  readonly error: string | undefined;
  readonly log: string;
  readonly tookMs: number;
}

export interface Recorded {
  /** Milliseconds since the epoch, by the function's clock. */
  readonly at: number;
  readonly event: unknown;
}

/** The emulator on loopback, with the lab's own start command; leave patches out by EVAC_TEST_WITHOUT=a,b. */
export async function startLocalRegion() {
  const port = await freePort();
  const tmpFolder = await mkdtemp(join(tmpdir(), 'evt-h2-'));
  const without = (process.env['EVAC_TEST_WITHOUT'] ?? '').split(',').filter(Boolean);
  const nodeShimFolder = dirname(process.execPath);
  const command = emulatorCommand({
    projectFolder,
    python,
    bindHost: '127.0.0.1',
    port,
    tmpFolder,
    nodeShimFolder,
    without,
  });
  const child = spawn(command.command, command.args, {
    env: command.env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = new AbortController();
  child.once('exit', () => ended.abort());
  const endpoint = `http://127.0.0.1:${port}`;
  await waitUntilHealthy({ endpoint, deadlineMs: 20_000, ended: ended.signal });

  const client = {
    endpoint,
    region: LOCAL_REGION.region,
    credentials: LOCAL_REGION.credentials,
    maxAttempts: 1,
  };
  const lambda = new LambdaClient(client);

  const createFunction = async (name: string, body: string, timeoutSeconds = 10): Promise<string> => {
    const code = `exports.handler = async (event, context) => { ${body} };`;
    const created = await lambda.send(
      new CreateFunctionCommand({
        FunctionName: name,
        Runtime: 'nodejs22.x',
        Role: role,
        Handler: 'index.handler',
        Timeout: timeoutSeconds,
        Code: { ZipFile: zipOneFile('index.js', code) },
      }),
    );
    return String(created.FunctionArn);
  };

  const invoke = async (name: string, payload: unknown = {}): Promise<Invocation> => {
    const started = performance.now();
    const answer = await lambda.send(
      new InvokeCommand({
        FunctionName: name,
        Payload: Buffer.from(JSON.stringify(payload)),
        LogType: 'Tail',
      }),
    );
    return {
      result: JSON.parse(Buffer.from(answer.Payload ?? []).toString()) as unknown,
      error: answer.FunctionError,
      log: Buffer.from(answer.LogResult ?? '', 'base64').toString(),
      tookMs: performance.now() - started,
    };
  };

  /** A function that writes every event it gets to a file, and what it got so far. */
  const createRecorder = async (name: string) => {
    const file = join(tmpFolder, `${name}.jsonl`);
    const arn = await createFunction(
      name,
      `require('node:fs').appendFileSync(process.env.TMPDIR + '/${name}.jsonl', JSON.stringify({ at: Date.now(), event }) + '\\n');`,
    );
    const recorded = async (): Promise<Recorded[]> => {
      const text = await readFile(file, 'utf8').catch(() => '');
      return text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Recorded);
    };
    return { arn, recorded };
  };

  /** Services without a client here; `service` is what the emulator routes by. */
  const request = async (
    service: string,
    path: string,
    body: string | object,
    headers: Record<string, string> = {},
  ) => {
    const scope = `Credential=test/20260101/${LOCAL_REGION.region}/${service}/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=none`;
    const form = typeof body === 'string';
    const type = form ? 'application/x-www-form-urlencoded' : 'application/x-amz-json-1.1';
    const answer = await fetch(`${endpoint}${path}`, {
      method: 'POST',
      headers: { authorization, 'content-type': type, ...headers },
      body: form ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(5000),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${service} ${path}: HTTP ${answer.status} ${text}`);
    return text;
  };

  const putRule = async (name: string, rule: object, targetArn: string): Promise<void> => {
    const target = (action: string) => ({ 'x-amz-target': `AWSEvents.${action}` });
    await request('events', '/', { Name: name, State: 'ENABLED', ...rule }, target('PutRule'));
    await request(
      'events',
      '/',
      { Rule: name, Targets: [{ Id: '1', Arn: targetArn }] },
      target('PutTargets'),
    );
  };

  const close = async (): Promise<void> => {
    lambda.destroy();
    const workers = child.pid === undefined ? [] : await childPids(child.pid);
    child.kill('SIGKILL');
    if (!ended.signal.aborted) await once(child, 'exit');
    workers.filter(isAlive).forEach((pid) => process.kill(pid, 'SIGKILL'));
    await rm(tmpFolder, { recursive: true, force: true });
  };

  return {
    endpoint,
    client,
    lambda,
    role,
    pid: Number(child.pid),
    tmpFolder,
    createFunction,
    createRecorder,
    invoke,
    request,
    putRule,
    close,
  };
}

export type LocalRegion = Awaited<ReturnType<typeof startLocalRegion>>;

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Looks until `read` gives something that `holds`; the last thing seen stands in the error. */
export async function eventually<T>(
  read: () => Promise<T>,
  holds: (value: T) => boolean,
  deadlineMs = 5000,
): Promise<T> {
  const until = performance.now() + deadlineMs;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (performance.now() > until) throw new Error(`not within ${deadlineMs} ms: ${JSON.stringify(value)}`);
    await pause(10);
  }
}

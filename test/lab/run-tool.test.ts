import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeadlineExceeded } from '../../lib/domain/errors';
import { CommandFailed } from '../../lib/lab/lab-errors';
import { findCgroupMount } from '../../lib/lab/layout';
import { endProcess, identify, isRunning, sendSignal } from '../../lib/lab/process-identity';
import { findExecutable, requireExecutable, runCommand, runTool } from '../../lib/lab/run-tool';
import { waitUntil } from '../../lib/lab/wait-until';

const sh = (script: string, timeoutMs: number): { command: string; args: string[]; timeoutMs: number } => ({
  command: '/bin/sh',
  args: ['-c', script],
  timeoutMs,
});

describe('tools of the machine', () => {
  test('answer, take input and an environment', () => {
    expect(runTool({ command: 'cat', args: [], input: 'hello', timeoutMs: 5_000 })).toBe('hello');
    expect(runTool({ ...sh('echo $X', 5_000), env: { X: 'y' } })).toBe('y\n');
  });

  test('that fail say what they said and how they ended', () => {
    const failing = (): unknown => runTool(sh('echo bad >&2; exit 3', 5_000));
    expect(failing).toThrow(CommandFailed);
    expect(failing).toThrow(/ended with 3: bad/);
  });

  test('that last too long are killed', () => {
    expect(() => runTool(sh('exec sleep 300', 100))).toThrow(/did not end within 100 ms/);
  });

  test('are found by name; what is not there, is a folder or may not be run, is not', () => {
    const folder = mkdtempSync(join(tmpdir(), 'evt-h1-tools-'));
    writeFileSync(join(folder, 'tool'), '');
    expect(findExecutable('tool', [folder])).toBeNull();
    chmodSync(join(folder, 'tool'), 0o755);
    expect(findExecutable('tool', [folder])).toBe(join(folder, 'tool'));
    expect(findExecutable('.', [folder])).toBeNull();
    rmSync(folder, { recursive: true });
    expect(() => requireExecutable('evt-no-such-tool')).toThrow(/evac doctor/);
  });
});

describe('long commands', () => {
  test('answer or say why not', async () => {
    expect(await runCommand({ ...sh('echo $X', 5_000), env: { X: 'y' } })).toBe('y\n');
    await expect(runCommand(sh('echo bad >&2; exit 3', 5_000))).rejects.toThrow(/ended with 3: bad/);
    await expect(runCommand(sh('kill -9 $$', 5_000))).rejects.toThrow(/ended with SIGKILL/);
    await expect(runCommand({ command: '/no/such', args: [], timeoutMs: 5_000 })).rejects.toThrow(
      /could not be started/,
    );
  });

  test('that last too long are ended, those that do not listen too', async () => {
    await expect(runCommand(sh('exec sleep 300', 100))).rejects.toThrow(/did not end within 100 ms/);
    const deaf = runCommand(sh('trap "" TERM; while :; do sleep 0.1; done', 100));
    await expect(deaf).rejects.toThrow(/did not end within 100 ms/);
  }, 15_000);
});

describe('a process', () => {
  test('is known by number and birth: another birth is another process', async () => {
    const self = identify(process.pid);
    expect(self !== null && isRunning(self)).toBe(true);
    const stranger = { pid: process.pid, startTicks: (self?.startTicks ?? 0) - 1 };
    expect(isRunning(stranger)).toBe(false);
    // Would end this very test if the number alone counted.
    await endProcess(stranger, 100);
    expect(identify(4_194_304)).toBeNull();
    expect(isRunning({ pid: 4_194_304, startTicks: 1 })).toBe(false);
    expect(sendSignal(4_194_304, 'SIGTERM')).toBe(false);
    expect(() => sendSignal(process.pid, 'SIGNOT' as NodeJS.Signals)).toThrow(/SIGNOT/);
  });
});

describe('waiting', () => {
  test('ends when the condition holds, or says what for and how long', async () => {
    let looks = 0;
    await waitUntil({ what: 'three looks', timeoutMs: 5_000 }, () => (looks += 1) === 3);
    const forEver = waitUntil({ what: 'the moon', timeoutMs: 20, everyMs: 5 }, () => false);
    await expect(forEver).rejects.toThrow(DeadlineExceeded);
    await expect(waitUntil({ what: 'the moon', timeoutMs: 20 }, () => false)).rejects.toThrow(
      'the moon: not within 20 ms',
    );
  });
});

test('cgroup v2 is found on unified and on hybrid machines, and missed where it is not', () => {
  expect(findCgroupMount('cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n')).toBe('/sys/fs/cgroup');
  const hybrid = 'tmpfs /sys/fs/cgroup tmpfs rw 0 0\ncgroup /sys/fs/cgroup/cpu cgroup rw 0 0\n';
  expect(findCgroupMount(`${hybrid}cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n`)).toBe(
    '/sys/fs/cgroup/unified',
  );
  expect(findCgroupMount(hybrid)).toBeNull();
});

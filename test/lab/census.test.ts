import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findCgroupMount } from '../../lib/lab/layout';
import { difference, takeCensus } from './census';
import { describeOnLab } from './requirements';

const name = `evt-h1-census${process.pid}`;

/** A census that does not see what is there would call every mess clean. */
describeOnLab('the census sees what is left behind:', () => {
  const tool = (command: string, ...args: string[]): void => {
    expect(spawnSync(command, args, { timeout: 5_000 })).toMatchObject({ status: 0 });
  };
  const cgroup = join(findCgroupMount() ?? '', name);
  const inNamespace = ['nsenter', `--net=/run/netns/${name}`, 'nft'];
  const cases = [
    {
      what: 'a namespace',
      make: () => tool('ip', 'netns', 'add', name),
      undo: () => tool('ip', 'netns', 'delete', name),
    },
    { what: 'a cgroup', make: () => mkdirSync(cgroup), undo: () => rmdirSync(cgroup) },
    {
      what: 'a table on the host',
      make: () => tool('nft', 'add', 'table', 'bridge', name),
      undo: () => tool('nft', 'delete', 'table', 'bridge', name),
    },
    {
      what: 'shared memory',
      make: () => writeFileSync(`/dev/shm/${name}`, ''),
      undo: () => rmSync(`/dev/shm/${name}`),
    },
    {
      what: 'a temp folder',
      make: () => mkdirSync(join(tmpdir(), name)),
      undo: () => rmdirSync(join(tmpdir(), name)),
    },
    {
      what: 'an interface',
      make: () => tool('ip', 'link', 'add', `census${process.pid}`, 'type', 'bridge'),
      undo: () => tool('ip', 'link', 'delete', `census${process.pid}`),
    },
  ];
  const only = new RegExp(`census${process.pid}`);

  test.each(cases)('$what', ({ make, undo }) => {
    const before = takeCensus(only);
    make();
    const during = takeCensus(only);
    undo();
    expect(difference(before, during)).toEqual({
      left: [expect.stringContaining(String(process.pid))],
      gone: [],
    });
    expect(difference(during, before).gone.length).toBe(1);
    expect(difference(before, takeCensus(only))).toEqual({ left: [], gone: [] });
  });

  test('a table inside a namespace', () => {
    tool('ip', 'netns', 'add', name);
    const before = takeCensus(only);
    const [command = '', ...args] = inNamespace;
    tool(command, ...args, 'add', 'table', 'bridge', 'evac');
    const { left } = difference(before, takeCensus(only));
    tool('ip', 'netns', 'delete', name);
    expect(left).toEqual([`nft in ${name}: table bridge evac`]);
  });

  test('a SysV segment', () => {
    const before = takeCensus(/^sysv/);
    const made = spawnSync('ipcmk', ['-M', '64'], { encoding: 'utf8' });
    const id = /\d+$/.exec(made.stdout.trim())?.[0] ?? '';
    const { left } = difference(before, takeCensus(/^sysv/));
    tool('ipcrm', '-m', id);
    expect(left.some((line) => line.split(' ').includes(id))).toBe(true);
  });

  test('a process, by its command, its folder or its cgroup', async () => {
    mkdirSync(join(tmpdir(), name));
    const before = takeCensus(only);
    const child = spawn('sleep', ['300'], { cwd: join(tmpdir(), name), stdio: 'ignore' });
    const { left } = difference(before, takeCensus(only));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    rmdirSync(join(tmpdir(), name));
    expect(left).toEqual([expect.stringMatching(new RegExp(`^process ${child.pid} born \\d+ .*sleep 300$`))]);
  });

  test('everything, when nothing in particular is asked for', () => {
    expect(takeCensus().size).toBeGreaterThan(takeCensus(only).size + 5);
  });
});

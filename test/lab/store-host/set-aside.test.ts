import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NoRoom } from '../../../lib/lab/lab-errors';
import { setAside } from '../../../lib/lab/store-host/set-aside';

let folder: string;
let data: string;
let stops: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evt-aside-'));
  data = join(folder, 'data');
  stops = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const fill = (text: string): void => {
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, 'rows'), text);
};
const held = (path: string): string => readFileSync(join(path, 'rows'), 'utf8');
const order = (epoch: number, keep: boolean, freeBytes = 1e9) =>
  setAside(
    { data, user: null },
    { epoch, keep },
    {
      stop: async () => {
        // Nothing is moved under a server that runs.
        if (existsSync(join(data, 'rows'))) stops += 1;
      },
      freeBytes: () => freeBytes,
    },
  );

describe('a data folder that is set aside', () => {
  it('is renamed once its server is down, and an empty one takes its place', async () => {
    fill('old');
    expect(await order(12, true)).toBe(`${data}.kept-e12`);
    expect(held(`${data}.kept-e12`)).toBe('old');
    expect(readdirSync(data)).toEqual([]);
    expect(stops).toBe(1);
  });

  it('is not set aside again at the same epoch: the new copy stays', async () => {
    fill('old');
    await order(12, true);
    fill('new');
    expect(await order(12, true)).toBe(`${data}.kept-e12`);
    expect(held(data)).toBe('new');
    expect(stops).toBe(1);
    await order(13, false);
    fill('newer');
    expect(await order(13, false)).toBeNull();
    expect(held(data)).toBe('newer');
  });

  it('is one: the next one that is kept replaces it, one that is not leaves it', async () => {
    fill('first');
    await order(12, true);
    fill('second');
    expect(await order(13, false)).toBeNull();
    expect(held(`${data}.kept-e12`)).toBe('first');
    fill('third');
    expect(await order(14, true)).toBe(`${data}.kept-e14`);
    expect(readdirSync(folder).sort()).toEqual(['data', 'data.fresh', 'data.kept-e14']);
  });

  it.each(['moved', 'and an empty one made'])('goes on where a crash left it: %s', async (how) => {
    fill('old');
    await order(12, true);
    rmSync(`${data}.fresh`);
    if (how === 'moved') rmSync(data, { recursive: true });
    expect(await order(12, true)).toBe(`${data}.kept-e12`);
    expect(held(`${data}.kept-e12`)).toBe('old');
    expect(readdirSync(data)).toEqual([]);
  });

  it('stays where it is when there is no room for two, counting what would be removed', async () => {
    fill('x'.repeat(100_000));
    expect(await order(12, true, 0).catch((cause: unknown) => cause)).toBeInstanceOf(NoRoom);
    expect(held(data)).toHaveLength(100_000);
    expect(stops).toBe(0);
    await order(12, true);
    fill('y'.repeat(50_000));
    expect(await order(13, true, 0)).toBe(`${data}.kept-e13`);
    fill('z'.repeat(100_000));
    expect(await order(14, false, 0)).toBeNull();
  });
});

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabInUse } from '../../lib/lab/lab-errors';
import { whileUsing } from '../../lib/lab/lab-use';
import { identify } from '../../lib/lab/process-identity';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evt-use-'));
  file = join(folder, 'lab.in-use');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a lab that somebody plays in', () => {
  it('is nobody else’s meanwhile, and free again after it, however it ended', async () => {
    const used = whileUsing(file, 'table', async () => {
      await expect(whileUsing(file, 'drill', async () => 'never')).rejects.toThrow(
        `a table plays in this lab (process ${process.pid}); nothing was started`,
      );
      throw new Error('it went wrong');
    });
    await expect(used).rejects.toThrow('it went wrong');
    expect(existsSync(file)).toBe(false);
    expect(await whileUsing(file, 'drill', async () => 'played')).toBe('played');
  });

  it('is another process’s while that runs, and not after it was killed', async () => {
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    try {
      writeFileSync(file, JSON.stringify({ what: 'drill', ...identify(child.pid ?? 0) }));
      await expect(whileUsing(file, 'table', async () => 'never')).rejects.toThrow(LabInUse);
    } finally {
      child.kill('SIGKILL');
    }
    await new Promise((resolve) => child.once('exit', resolve));
    expect(await whileUsing(file, 'table', async () => 'played')).toBe('played');
  });

  it('is free where the file says nothing; what is no file is an error', async () => {
    writeFileSync(file, 'nothing');
    expect(await whileUsing(file, 'table', async () => 'played')).toBe('played');
    await expect(whileUsing(join(folder, 'absent', 'x'), 'table', async () => 'never')).rejects.toThrow(
      'ENOENT',
    );
  });
});

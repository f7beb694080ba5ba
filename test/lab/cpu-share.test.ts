import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { favourRegion } from '../../lib/lab/cpu-share';

describe('the share of the cores that a session gets', () => {
  it('is the Region’s own, where the kernel parts them between sessions', () => {
    const child = spawn('sleep', ['30'], { detached: true, stdio: 'ignore' });
    try {
      const file = `/proc/${child.pid}/autogroup`;
      expect(favourRegion(file)).toBe(existsSync(file));
      if (existsSync(file)) expect(readFileSync(file, 'utf8')).toMatch(/nice -10\n$/);
    } finally {
      child.kill();
    }
  });

  it('stays as it is without such a kernel; anything else is an error', () => {
    const folder = mkdtempSync(join(tmpdir(), 'evt-share-'));
    try {
      expect(favourRegion(join(folder, 'autogroup'))).toBe(false);
      expect(() => favourRegion(folder)).toThrow('EISDIR');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

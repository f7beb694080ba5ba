import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StaleEpoch } from '../../../lib/domain/errors';
import { createSeenEpoch } from '../../../lib/lab/store-host/seen-epoch';

describe('the epoch a host has seen', () => {
  let folder: string;
  let path: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'evt-h3-epoch-'));
    path = join(folder, 'epoch');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('grows, survives, and never falls', () => {
    const seen = createSeenEpoch(path, null);
    expect(seen.current()).toBe(0);
    seen.admit(4);
    seen.admit(4);
    expect(() => seen.admit(3)).toThrow(StaleEpoch);
    expect(createSeenEpoch(path, null).current()).toBe(4);
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  it('is not guessed when its file is damaged', () => {
    for (const text of ['', 'five', '-1', '1.5']) {
      writeFileSync(path, text);
      expect(() => createSeenEpoch(path, null)).toThrow(/epoch/);
    }
  });
});

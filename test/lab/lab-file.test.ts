import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LabLayout } from '../../lib/lab/layout';
import { readLabFile, writeLabFile } from '../../lib/lab/lab-file';

describe('the file of a lab that is up', () => {
  const folder = mkdtempSync(join(tmpdir(), 'evt-lab-file-'));
  const layout = { folder } as LabLayout;
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is null when there is none, and refused with what to do when it is no JSON', () => {
    expect(readLabFile(layout)).toBeNull();
    mkdirSync(folder, { recursive: true });
    writeLabFile(layout, {
      lab: 'x',
      configFile: 'c',
      endpoint: 'http://127.0.0.1:1',
      startedAtMs: 1,
      ready: true,
    });
    expect(readLabFile(layout)).toMatchObject({ lab: 'x' });
    const [name = ''] = readdirSync(folder);
    writeFileSync(join(folder, name), '{"lab": ');
    expect(() => readLabFile(layout)).toThrow(/is damaged; end the lab with: evac lab down/);
  });
});

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LabLayout } from '../../lib/lab/layout';
import {
  clockScriptOf,
  findFaketime,
  inheritedClock,
  setZoneClock,
  zoneClockEnvironment,
} from '../../lib/lab/zone-clock';

describe('the clock of a zone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'evac-clock-'));
  const layout = { folder } as LabLayout;
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is right unless it was set wrong, in the environment and for a shell', () => {
    expect(zoneClockEnvironment(layout, 'az-a')).toEqual({});
    setZoneClock(layout, 'az-a', { library: '/lib/libfaketime.so.1', seconds: -300 });
    expect(zoneClockEnvironment(layout, 'az-a')).toMatchObject({
      LD_PRELOAD: '/lib/libfaketime.so.1:libc.so.6',
      FAKETIME: '-300s',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    });
    expect(readFileSync(clockScriptOf(layout, 'az-a'), 'utf8')).toContain("export FAKETIME='-300s'\n");
    expect(zoneClockEnvironment(layout, 'az-b')).toEqual({});
  });

  test('ahead has a plus, and is put right again, also when it was right', () => {
    setZoneClock(layout, 'az-a', { library: '/l', seconds: 300 });
    expect(zoneClockEnvironment(layout, 'az-a')).toMatchObject({ FAKETIME: '+300s' });
    setZoneClock(layout, 'az-a', null);
    setZoneClock(layout, 'az-a', null);
    expect(zoneClockEnvironment(layout, 'az-a')).toEqual({});
    expect(existsSync(clockScriptOf(layout, 'az-a'))).toBe(false);
  });

  test('travels on to what a process starts, and nothing else does', () => {
    expect(inheritedClock({ FAKETIME: '+1s', LD_PRELOAD: '/l', HOME: '/root' })).toEqual({
      FAKETIME: '+1s',
      LD_PRELOAD: '/l',
    });
    expect(inheritedClock({})).toEqual({});
  });

  test('needs a library, which is looked for where systems put it', () => {
    const [empty, full] = [join(folder, 'empty'), join(folder, 'full')];
    mkdirSync(empty);
    mkdirSync(join(full, 'x86_64-linux-gnu', 'faketime'), { recursive: true });
    const library = join(full, 'x86_64-linux-gnu', 'faketime', 'libfaketime.so.1');
    writeFileSync(library, '');
    expect(findFaketime([join(folder, 'none'), empty])).toBeNull();
    expect(findFaketime([empty, full])).toBe(library);
  });
});

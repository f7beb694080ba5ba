import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeVersion } from '../../../lib/lab/scenarios/code-version';
import type { ScenarioResult } from '../../../lib/lab/scenarios/results';
import { passedOn, readResults, withResult, writeResults } from '../../../lib/lab/scenarios/results';
import { rowsNamed } from '../../../lib/lab/scenarios/run-table';
import { SCENARIOS } from '../../../lib/lab/scenarios/table';
import { runTool } from '../../../lib/lab/run-tool';

const result = (name: string, patch: Partial<ScenarioResult> = {}): ScenarioResult => ({
  name,
  passed: true,
  rto_seconds: 1.5,
  lost: 0,
  two_writer_ms: 0,
  failovers: 1,
  why: null,
  skipped: false,
  fault: 'a fault',
  must: 'an outcome',
  write_gap_seconds: 1.2,
  took_seconds: 20,
  started_at: '2026-01-01T00:00:00.000Z',
  commit: 'one',
  ...patch,
});

describe('the table of results', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'evac-scenarios-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('is written whole, with its folder, and read back', () => {
    const path = join(folder, 'reports', 'scenarios.json');
    expect(readResults(path)).toEqual([]);
    writeResults(path, [result('a'), result('b', { passed: false, lost: null, why: 'not measured' })]);
    expect(readResults(path).map(({ name, lost }) => [name, lost])).toEqual([
      ['a', 0],
      ['b', null],
    ]);
    expect(Object.keys(JSON.parse(readFileSync(path, 'utf8')) as object)).toEqual(['scenarios']);
  });

  test('that is damaged is named and not guessed at', () => {
    const path = join(folder, 'scenarios.json');
    writeFileSync(path, '{"scenarios":[{"name":"a"}]}');
    expect(() => readResults(path)).toThrow(/scenarios\.json is no table/);
  });

  test('keeps its order, replaces a row, and drops rows that were played with other code', () => {
    const before = [result('c'), result('a', { passed: false }), result('b', { commit: 'older' })];
    expect(
      withResult(before, result('a'), ['a', 'b', 'c']).map(({ name, passed }) => [name, passed]),
    ).toEqual([
      ['a', true],
      ['c', true],
    ]);
  });

  test('resumes with what did not pass, or passed with other code', () => {
    const results = [result('a'), result('b', { passed: false }), result('c', { commit: 'older' })];
    expect([...passedOn(results, 'one')]).toEqual(['a']);
  });

  test('code has a version by its commit and its changes, and a folder without a history one of its own', () => {
    const git = (...args: readonly string[]): string =>
      runTool({ command: 'git', args: ['-C', folder, ...args], timeoutMs: 10_000 });
    expect(codeVersion(folder)).toMatch(/^unversioned-/);
    git('init', '-q');
    runTool({ command: 'mkdir', args: [join(folder, 'lib')], timeoutMs: 5_000 });
    writeFileSync(join(folder, 'lib', 'a.ts'), 'one');
    git('add', '.');
    git('-c', 'user.name=t', '-c', 'user.email=t@t', 'commit', '-q', '-m', 'first');
    const clean = codeVersion(folder);
    expect(clean).toMatch(/^[0-9a-f]{12}$/);
    writeFileSync(join(folder, 'lib', 'a.ts'), 'two');
    const changed = codeVersion(folder);
    expect(changed).toMatch(new RegExp(`^${clean}\\+[0-9a-f]{6}$`));
    writeFileSync(join(folder, 'lib', 'a.ts'), 'three');
    expect(codeVersion(folder)).not.toBe(changed);
  });
});

describe('the rows', () => {
  test('have names of their own, and say what must happen', () => {
    const names = SCENARIOS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { fault, must, deadlineMs } of SCENARIOS)
      expect([fault.length > 0, must.length > 0, deadlineMs > 0]).toEqual([true, true, true]);
  });

  test('are all meant when none is named, and come in the order of the table', () => {
    expect(rowsNamed([], SCENARIOS)).toEqual(SCENARIOS);
    expect(rowsNamed(['zone-cut', 'zone-killed'], SCENARIOS).map(({ name }) => name)).toEqual([
      'zone-killed',
      'zone-cut',
    ]);
  });

  test('that nobody knows are refused with the names there are', () => {
    expect(() => rowsNamed(['zone-eaten'], SCENARIOS)).toThrow(/zone-eaten.*zone-killed.*flapping/);
  });
});

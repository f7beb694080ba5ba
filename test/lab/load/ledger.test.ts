import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DamagedState } from '../../../lib/domain/errors';
import { instantNow } from '../../../lib/lab/load/instant';
import type { LedgerLine } from '../../../lib/lab/load/ledger-writer';
import { createLedgerWriter } from '../../../lib/lab/load/ledger-writer';
import { readLedger, tailLedger } from '../../../lib/lab/load/ledger';
import { appendMark, readMarks } from '../../../lib/lab/load/marks';
import { waitUntil } from '../../../lib/lab/wait-until';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evt-h6-ledger-'));
  path = join(folder, 'ledger.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const line = (over: Partial<LedgerLine> = {}): LedgerLine => ({
  t: 'ack',
  id: 'o1',
  key: 'k1',
  startedAtMs: 1_000_000,
  atMs: 1_000_005,
  startedMonoMs: 500,
  monoMs: 505.5,
  attempts: 1,
  status: 201,
  servedBy: 'az-a',
  ...over,
});

describe('the ledger', () => {
  it('gives back what was written, on one clock', () => {
    const writer = createLedgerWriter(path);
    writer.write(line());
    writer.write(line({ t: 'attempt-failed', status: 'timeout', monoMs: 600 }));
    writer.close();
    expect(readLedger(path)).toEqual([
      {
        t: 'ack',
        id: 'o1',
        key: 'k1',
        startedAtMs: 999_999.5,
        atMs: 1_000_005,
        attempts: 1,
        status: 201,
        servedBy: 'az-a',
      },
      expect.objectContaining({ t: 'attempt-failed', atMs: 1_000_099.5, status: 'timeout' }),
    ]);
  });

  it('is not misled by a wall clock that steps in the middle', () => {
    const writer = createLedgerWriter(path);
    writer.write(line());
    writer.write(line({ atMs: 9_999_999, monoMs: 605.5 }));
    writer.close();
    const tail = tailLedger(path);
    const [first, second] = tail.read();
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBe(100);
    expect(tail.onLedgerClock({ atMs: 9_999_999, monoMs: 605.5 })).toBe(second?.atMs);
  });

  it('is on disk soon after, without being closed', async () => {
    const writer = createLedgerWriter(path);
    writer.write(line());
    await waitUntil({ what: 'the line', timeoutMs: 200 }, () => readFileSync(path, 'utf8').endsWith('}\n'));
    writer.close();
  });

  it('is followed while it grows, half a line at a time', () => {
    const tail = tailLedger(path);
    expect(tail.read()).toEqual([]);
    expect(tail.onLedgerClock({ atMs: 7, monoMs: 1 })).toBe(7);
    const text = `${JSON.stringify(line({ id: 'ö' }))}\n`;
    const bytes = Buffer.from(text);
    const middle = bytes.indexOf(Buffer.from('ö')) + 1; // inside one character
    writeFileSync(path, bytes.subarray(0, middle));
    expect(tail.read()).toEqual([]);
    appendFileSync(path, bytes.subarray(middle));
    appendFileSync(path, `${JSON.stringify(line({ t: 'start', status: null }))}\n`);
    expect(tail.read()).toHaveLength(2);
    expect(tail.all()[0]?.id).toBe('ö');
    expect(tail.acknowledged()).toBe(1);
    expect(tail.read()).toEqual([]);
  });

  it.each(['no json\n', '{"t":"ack"}\n', `${JSON.stringify({ ...line(), t: 'guess' })}\n`])(
    'refuses a damaged line (%j)',
    (damaged) => {
      writeFileSync(path, damaged);
      expect(() => readLedger(path)).toThrow(DamagedState);
    },
  );
});

describe('marks', () => {
  it('keeps instants of the drill beside the ledger', () => {
    const before = instantNow();
    const mark = appendMark(path, { name: 'fault', scenario: 's1', detail: 'kill az-a' });
    appendMark(path, { name: 'healed', scenario: 's1', detail: '' }, { atMs: 5, monoMs: 6 });
    expect(mark.monoMs).toBeGreaterThanOrEqual(before.monoMs);
    expect(readMarks(path)).toEqual([
      mark,
      { name: 'healed', scenario: 's1', detail: '', atMs: 5, monoMs: 6 },
    ]);
  });

  it('has none without a file, and refuses a damaged one', () => {
    expect(readMarks(path)).toEqual([]);
    writeFileSync(path, '{"name":"fault"}\n');
    expect(() => readMarks(path)).toThrow(DamagedState);
  });
});

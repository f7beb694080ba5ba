import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildReport } from '../../../lib/domain/report/build-report';
import type { DrillReport } from '../../../lib/domain/report/report-document';
import { writeReport } from '../../../lib/lab/report/write-report';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evt-h6-report-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const report = (runId: string) =>
  buildReport({
    runId,
    workload: 'orders',
    startedAt: '2026-02-03T10:00:00Z',
    objectives: { rto_seconds: 300, rpo_seconds: 60 },
    scenarios: [],
  });

describe('writeReport', () => {
  it('writes the latest report and keeps the evidence of every run beside it, by relative names', async () => {
    const ledger = join(folder, 'some.jsonl');
    writeFileSync(ledger, '{"t":"start"}\n');
    const reports = join(folder, 'reports');
    await writeReport({ folder: reports, report: report('run-1'), evidence: { ledger } });
    const written = await writeReport({
      folder: reports,
      report: report('run-2'),
      evidence: { ledger },
      notes: { 'survivors.json': '["o1"]' },
    });

    const latest = JSON.parse(readFileSync(written.json, 'utf8')) as DrillReport;
    expect(latest.run_id).toBe('run-2');
    expect(latest.files).toEqual({ ledger: 'run-2/ledger.jsonl', survivors: 'run-2/survivors.json' });
    expect(readFileSync(join(reports, String(latest.files['ledger'])), 'utf8')).toBe('{"t":"start"}\n');
    expect(readFileSync(written.html, 'utf8')).toContain('run-2/ledger.jsonl');
    expect(readdirSync(reports).sort()).toEqual(['latest.html', 'latest.json', 'run-1', 'run-2']);
    expect(readdirSync(written.runFolder).sort()).toEqual(['ledger.jsonl', 'report.json', 'survivors.json']);
    expect(readFileSync(written.json, 'utf8')).not.toContain(folder);
  });

  it('fails without its evidence and leaves the last report as it was', async () => {
    const missing = { ledger: join(folder, 'missing.jsonl') };
    await expect(writeReport({ folder, report: report('run-1'), evidence: missing })).rejects.toThrow(
      'ENOENT',
    );
    expect(readdirSync(folder)).toEqual(['run-1']);
  });
});

import { buildReport } from '../../../lib/domain/report/build-report';
import { measureScenario } from '../../../lib/domain/report/measure-scenario';
import type { ScenarioReport } from '../../../lib/domain/report/report-document';
import { inputFor, ledgerOf, outage } from './ledger-builder';

const PASSED = measureScenario(inputFor(ledgerOf(outage())));
const OBJECTIVES = { rto_seconds: 300, rpo_seconds: 60 };
const reportOn = (scenarios: readonly ScenarioReport[]) =>
  buildReport({
    runId: '01RUN',
    workload: 'orders',
    startedAt: '2026-02-03T23:59:59Z',
    objectives: OBJECTIVES,
    scenarios,
  });

describe('buildReport', () => {
  it('sums up with the names of the format', () => {
    const report = reportOn([
      { ...PASSED, rto_seconds: 1, rpo_seconds: 0 },
      { ...PASSED, rto_seconds: 2, rpo_seconds: 0.5 },
      { ...PASSED, rto_seconds: 4, rpo_seconds: 0, passed: false, why: 'x' },
    ]);
    expect(report.drill_date).toBe('2026-02-03');
    expect(report.summary).toEqual({
      total_scenarios: 3,
      successful_scenarios: 2,
      success_rate: 66.67,
      average_rto: 2.333,
      average_rpo: 0.167,
      meets_sla: true,
    });
    expect(report.statistics.rto_seconds).toEqual({ count: 3, median: 2, worst: 4 });
    expect(Object.keys(report).slice(0, 4)).toEqual([
      'drill_date',
      'summary',
      'scenarios',
      'recommendations',
    ]);
  });

  it('keeps the objectives at exactly their figures, and loses them by more', () => {
    const at = { ...PASSED, rto_seconds: 300, rpo_seconds: 60 };
    expect(reportOn([at]).summary.meets_sla).toBe(true);
    expect(reportOn([{ ...at, rto_seconds: 300.001 }]).summary.meets_sla).toBe(false);
    expect(reportOn([{ ...at, rpo_seconds: null }]).summary.meets_sla).toBe(false);
    expect(reportOn([])).toMatchObject({ files: {}, notes: [], summary: { success_rate: 0 } });
  });

  it('spreads what had to fail over: RTO, RPO and write gap apart', () => {
    const one = { ...PASSED, rto_seconds: 1, rpo_seconds: 2, write_gap_seconds: 3 };
    const held = { ...one, rto_seconds: 100, had_to_fail_over: false };
    expect(reportOn([one, held]).statistics).toEqual({
      rto_seconds: { count: 1, median: 1, worst: 1 },
      rpo_seconds: { count: 1, median: 2, worst: 2 },
      write_gap_seconds: { count: 1, median: 3, worst: 3 },
    });
  });

  it('averages only over scenarios that had to fail over', () => {
    const held = { ...PASSED, rto_seconds: 0.001, had_to_fail_over: false };
    const { summary } = reportOn([{ ...PASSED, rto_seconds: 3 }, held]);
    expect(summary).toMatchObject({ average_rto: 3, meets_sla: true, total_scenarios: 2 });
  });

  it.each([
    ['nothing was run', []],
    ['one RTO was not measured', [PASSED, { ...PASSED, rto_seconds: null }]],
    ['one RPO is above the objective', [{ ...PASSED, rpo_seconds: 61 }]],
    ['nothing had to fail over', [{ ...PASSED, had_to_fail_over: false }]],
  ])('does not claim the objectives when %s', (_, scenarios) => {
    expect(reportOn(scenarios).summary.meets_sla).toBe(false);
  });

  it('has null averages, never 0, when nothing was measured', () => {
    const { summary, statistics } = reportOn([{ ...PASSED, rto_seconds: null, rpo_seconds: null }]);
    expect(summary).toMatchObject({ average_rto: null, average_rpo: null });
    expect(statistics.rto_seconds).toEqual({ count: 0, median: null, worst: null });
  });

  it('recommends from the figures and says the same thing once', () => {
    const slow = { ...PASSED, rto_seconds: 290, lost: 3, needless_failovers: 1, late_lapses: 2 };
    const { recommendations } = reportOn([slow, slow]);
    expect(recommendations).toEqual([
      'kill az-a: 3 acknowledged orders were lost; check that commits wait for the synchronous standby.',
      expect.stringMatching(
        /RTO 290 s uses more than four fifths of 300 s; its longest phase is "first good write"/,
      ),
      expect.stringContaining('1 needless failovers'),
      expect.stringContaining('2 orders failed at first after the recovery'),
      'Phases not measured: fenced; their time is inside the phase after them.',
    ]);
    expect(reportOn([{ ...PASSED, rto_seconds: null, lost: null }]).recommendations.join()).toMatch(
      /was not compared.*no recovery was seen/,
    );
  });

  it('has no advice when all is well', () => {
    const measured = PASSED.phases.map((phase) => ({ ...phase, at_seconds: 1, took_seconds: 0 }));
    expect(reportOn([{ ...PASSED, phases: measured }]).recommendations).toEqual([]);
  });
});

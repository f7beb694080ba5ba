import fc from 'fast-check';
import { buildReport } from '../../../lib/domain/report/build-report';
import { renderHtml } from '../../../lib/domain/report/html';
import { measureScenario } from '../../../lib/domain/report/measure-scenario';
import type { ScenarioReport } from '../../../lib/domain/report/report-document';
import type { Phase } from '../../../lib/domain/report/phases';
import { clientViewSvg } from '../../../lib/domain/report/client-view-svg';
import { ticksBetween, timelineSvg } from '../../../lib/domain/report/timeline-svg';
import { expectAccepted } from '../../support/golden';
import { inputFor, ledgerOf, outage } from './ledger-builder';

const SCENARIO = measureScenario(inputFor(ledgerOf(outage())));
const pageOn = (scenarios: readonly ScenarioReport[], text = 'orders') =>
  renderHtml(
    buildReport({
      runId: text,
      workload: text,
      startedAt: '2026-02-03T10:00:00Z',
      objectives: { rto_seconds: 300, rpo_seconds: 60 },
      scenarios,
      files: { ledger: `${text}/ledger.jsonl` },
      notes: [text],
    }),
  );

/** Every tag of the page; what remains of hostile text must not add one. */
const tagsOf = (page: string) => page.match(/<[!/a-z][^>]*>/gi) ?? [];

describe('renderHtml', () => {
  it('is one file that refers to nothing outside itself', () => {
    const page = pageOn([SCENARIO]);
    expect(page).not.toMatch(/https?:|<script|<link|<img|<iframe|@import|url\(|srcset|xlink/i);
    expect(
      [...page.matchAll(/\b(?:href|src)="([^"]*)"/g)].every(([, target]) => target?.startsWith('#')),
    ).toBe(true);
    expect(page).toContain('prefers-color-scheme: dark');
    expect(page).toContain('@media print');
  });

  it('shows the figures, the phases, the client view and who decided', () => {
    const page = pageOn([SCENARIO]);
    expect(page).toContain(`${SCENARIO.rto_seconds?.toFixed(3)} s`);
    for (const { name } of SCENARIO.phases) expect(page).toContain(`>${name}</text>`);
    expect(page).toContain('<polygon class="good"');
    expect(page).toContain('<polygon class="failed"');
    expect(page).toContain('witness az-c: zone-loss of az-a');
    expect(page).toContain('2 of 2 voters: failed(timeout)');
  });

  it('says of each store what was missing, and of one that acknowledges alone always what it may lose', () => {
    const stores = [
      { store: 'postgres', lost: 0, rpo_seconds: 0 },
      { store: 'redis', lost: 2, rpo_seconds: 1.5 },
      { store: 'objects', lost: 3, rpo_seconds: 4.2, limit_seconds: 300 },
    ];
    expect(pageOn([{ ...SCENARIO, stores }])).toContain(
      'postgres 0, redis 2 (RPO 1.5 s), objects 3 (RPO 4.2 s; it acknowledges alone and may lose up to 300 s).',
    );
    const none = [{ store: 'objects', lost: 0, rpo_seconds: 0, limit_seconds: 300 }];
    expect(pageOn([{ ...SCENARIO, stores: none }])).toContain(
      'objects 0 (it acknowledges alone and may lose up to 300 s).',
    );
  });

  it('says "not measured" where a figure is missing', () => {
    const missing = {
      ...SCENARIO,
      rto_seconds: null,
      rpo_seconds: null,
      lost: null,
      needless_failovers: null,
      decision: null,
    };
    const page = pageOn([
      {
        ...missing,
        availability_percent: null,
        write_gap_seconds: null,
        passed: false,
        why: 'RTO was not measured',
      },
    ]);
    expect(page.match(/not measured/g)?.length).toBeGreaterThan(6);
    expect(page).toContain('No decision was recorded.');
    expect(page).not.toMatch(/NaN|undefined|null|Infinity/);
  });

  it('draws an empty client view and a report without scenarios', () => {
    const blind = {
      ...SCENARIO,
      client_view: { bin_seconds: 0.1, from_seconds: 0, acknowledged: [], failed: [] },
    };
    expect(pageOn([blind])).toContain('The client saw nothing in this stretch.');
    expect(pageOn([])).toContain('0 of 0');
    expect(pageOn([measureScenario(inputFor([], { survivors: null, phases: {} }))])).not.toMatch(
      /NaN|undefined|Infinity/,
    );
  });

  it('escapes whatever text it is given, in elements and attributes', () => {
    const plain = tagsOf(pageOn([SCENARIO], 'orders')).length;
    const hostile = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 30 }),
      fc.constantFrom(
        '</style><script>alert(1)</script>',
        '"><img src=x onerror=alert(1)>',
        "' onload='x",
        '<!--',
        ']]>',
        '&lt;b&gt;',
        '\u0000<b>\u0007',
      ),
    );
    fc.assert(
      fc.property(hostile, (text) => {
        const scenario = { ...SCENARIO, name: text, fault: text, passed: true, why: null };
        const page = pageOn([{ ...scenario, decision: { by: text, summary: text, reasons: [text] } }], text);
        expect(tagsOf(page).length).toBe(plain);
      }),
      { numRuns: 200 },
    );
  });
});

const ALL_ACKNOWLEDGED = new Set(
  ledgerOf(outage())
    .filter(({ t }) => t === 'ack')
    .map(({ id }) => id),
);

/** Without the style sheet, which is looked at in a browser. */
const bodyOf = (page: string): string => page.replace(/<style>[^]*<\/style>/, '');

describe('the page as it was accepted', () => {
  it('of a drill that recovered', () => {
    expectAccepted('test/domain/report/pages/recovered.html', bodyOf(pageOn([SCENARIO])));
  });

  it('of drills that did not: orders lost, too slow, nothing measured', () => {
    const lossy = measureScenario(
      inputFor(ledgerOf(outage()), {
        name: 'az-failure #2',
        objectives: { rto_seconds: 0.5, rpo_seconds: 60 },
        survivors: { ids: new Set(['o1', 'o2']), readAtMs: 40_000 },
        survivorsByStore: {
          postgres: { ids: new Set(['o1', 'o2', 'o3']), readAtMs: 40_000 },
          redis: { ids: ALL_ACKNOWLEDGED, readAtMs: 40_000 },
        },
        needlessFailovers: 1,
        phases: {},
        decision: null,
      }),
    );
    const blind = measureScenario(
      inputFor([], { name: 'az-failure #3', survivors: null, needlessFailovers: null }),
    );
    expectAccepted('test/domain/report/pages/failed.html', bodyOf(pageOn([lossy, blind, SCENARIO])));
  });
});

describe('the pictures', () => {
  const view = {
    bin_seconds: 0.5,
    from_seconds: -1,
    acknowledged: [10, 10, 0, 5, 10],
    failed: [0, 0, 4, 1, 0],
  };

  it('draw each slice as a step, on axes that reach the highest and the last', () => {
    expectAccepted('test/domain/report/pages/client-view.svg', clientViewSvg(view, 1.25).text);
  });

  it('leave a caption out that would cover the other, and a recovery that is outside the picture', () => {
    expectAccepted('test/domain/report/pages/client-view-early.svg', clientViewSvg(view, 0.05).text);
    expect(clientViewSvg(view, 1.6).text).not.toContain('good again');
    expect(clientViewSvg(view, 1.5).text).toContain('good again');
    expect(clientViewSvg(view, null).text.match(/class="marker"/g)).toHaveLength(1);
  });

  it('draw each phase to its second, none before the fault, and say what was not measured', () => {
    const phases = [
      { name: 'before', at_seconds: -0.2, took_seconds: null },
      { name: 'fault', at_seconds: 0, took_seconds: 0 },
      { name: 'detected', at_seconds: 0.66, took_seconds: 0.66 },
      { name: 'promoted', at_seconds: null, took_seconds: null },
      { name: 'traffic', at_seconds: 1.175, took_seconds: 0.15 },
    ] as unknown as readonly Phase[];
    expectAccepted('test/domain/report/pages/timeline.svg', timelineSvg(phases).text);
  });
});

describe('ticksBetween', () => {
  it('gives few, round, ascending ticks inside the range', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -100, max: 100, noNaN: true }),
        fc.double({ min: 0.01, max: 5000, noNaN: true }),
        (from, span) => {
          const ticks = ticksBetween(from, from + span);
          expect(ticks.length).toBeGreaterThanOrEqual(2);
          expect(ticks.length).toBeLessThanOrEqual(8);
          expect([...ticks].sort((a, b) => a - b)).toEqual(ticks);
          for (const tick of ticks) expect(tick >= from - 1e-4 && tick <= from + span + 1e-4).toBe(true);
        },
      ),
    );
  });
});

import { buildReport } from '../../../lib/domain/report/build-report';
import { clientViewSvg } from '../../../lib/domain/report/client-view-svg';
import { renderHtml } from '../../../lib/domain/report/html';
import { foldOrders } from '../../../lib/domain/report/ledger-event';
import { markup } from '../../../lib/domain/report/markup';
import { measureScenario } from '../../../lib/domain/report/measure-scenario';
import { recommendationsFor } from '../../../lib/domain/report/recommendations';
import { timelineSvg } from '../../../lib/domain/report/timeline-svg';
import { inputFor, ledgerOf, outage } from './ledger-builder';

const SCENARIO = measureScenario(inputFor(ledgerOf(outage())));
const objectives = { rto_seconds: 300, rpo_seconds: 60 };

describe('an acknowledgement', () => {
  it('of a server that did not say which it is', () => {
    const event = { id: 'o1', key: 'k', startedAtMs: 0, attempts: 1, status: 201 } as const;
    const [order] = foldOrders([{ ...event, t: 'ack', atMs: 5 }]);
    expect(order).toMatchObject({ ackAtMs: 5, servedBy: null });
  });
});

describe('markup', () => {
  it('keeps line breaks and tabs, and drops other control characters', () => {
    expect(markup`<p>${'a\n\tb\u0007c\u0000'}</p>`.text).toBe('<p>a\n\tbc</p>');
  });
  it('escapes all five characters that mean something', () => {
    expect(markup`${'&<>"\''}`.text).toBe('&amp;&lt;&gt;&quot;&#39;');
  });
  it('passes on numbers, what it made, and lists of it', () => {
    expect(markup`${7}${markup`<b>`}${[markup`<i>`, markup`<u>`]}`.text).toBe('7<b><i><u>');
  });
});

describe('the client view', () => {
  const view = {
    bin_seconds: 1,
    from_seconds: -5,
    acknowledged: Array.from({ length: 100 }, () => 9),
    failed: Array.from({ length: 100 }, () => 0),
  };
  it.each([
    ['far from the fault', 50, true],
    ['so near to the fault that the captions would overlap', 0.5, false],
    ['beyond what is shown', 200, false],
  ])('names the recovery when it is %s: %s s', (_what, recovered, named) => {
    const { text } = clientViewSvg(view, recovered);
    expect(text).toContain('>fault</text>');
    expect(text.includes('good again')).toBe(named);
  });
  it('has no recovery to name when there was none', () => {
    expect(clientViewSvg(view, null).text).not.toContain('good again');
  });
});

describe('the timeline', () => {
  it('draws a phase whose length is not known as a point in time', () => {
    const { text } = timelineSvg([{ name: 'decided', at_seconds: 2, took_seconds: null }]);
    expect(text).toContain('>2.000 s</text>');
    expect(text).not.toContain('(+');
  });
  it('says what a phase took', () => {
    expect(timelineSvg([{ name: 'fenced', at_seconds: 2, took_seconds: 0.5 }]).text).toContain(
      '2.000 s (+0.500 s)',
    );
  });
});

describe('a page', () => {
  it('without files names none', () => {
    const report = buildReport({
      runId: 'r1',
      workload: 'orders',
      startedAt: '2026-02-03T10:00:00Z',
      objectives,
      scenarios: [SCENARIO],
      files: {},
      notes: [],
    });
    expect(renderHtml(report)).not.toContain('Files beside this report');
  });
});

describe('an advice on a slow recovery', () => {
  const slow = (phases: typeof SCENARIO.phases) =>
    recommendationsFor([{ ...SCENARIO, rto_seconds: 299, phases }], objectives).join(' ');
  const at = { at_seconds: 1 };

  it('names the longest phase, wherever it stands', () => {
    const short = { name: 'decided', ...at, took_seconds: 1 } as const;
    const long = { name: 'fenced', ...at, took_seconds: 200 } as const;
    const unknown = { name: 'promoted', ...at, took_seconds: null } as const;
    expect(slow([short, unknown, long])).toContain('its longest phase is "fenced" with 200 s');
    expect(slow([long, unknown, short])).toContain('its longest phase is "fenced" with 200 s');
    expect(slow([unknown, long])).toContain('"fenced"');
  });
  it('names none when none was measured', () => {
    expect(slow([{ name: 'promoted', ...at, took_seconds: null }])).not.toContain('longest phase');
    expect(slow([])).not.toContain('longest phase');
  });
});

import type { ClientView } from './client-view';
import type { Markup } from './markup';
import { html } from './markup';
import { ticksBetween } from './timeline-svg';

const WIDTH = 900;
const LEFT = 50;
const RIGHT = 10;
const TOP = 22;
const PLOT_HEIGHT = 130;
const HEIGHT = TOP + PLOT_HEIGHT + 24;

interface Plot {
  readonly x: (secondsSinceFault: number) => number;
  readonly y: (perSecond: number) => number;
  readonly highest: number;
  readonly from: number;
  readonly to: number;
}

const plotOf = (view: ClientView): Plot => {
  const from = view.from_seconds;
  const to = from + Math.max(1, view.acknowledged.length) * view.bin_seconds;
  const highest = Math.max(1, ...view.acknowledged, ...view.failed) / view.bin_seconds;
  return {
    from,
    to,
    highest,
    x: (at) => LEFT + ((at - from) / (to - from)) * (WIDTH - LEFT - RIGHT),
    y: (perSecond) => TOP + PLOT_HEIGHT * (1 - perSecond / highest),
  };
};

const rounded = (value: number): number => Math.round(value * 100) / 100;

/** Steps, not slopes: a slice's count holds for the whole slice. */
const steps = (counts: readonly number[], view: ClientView, plot: Plot): string => {
  const points = counts.flatMap((count, i) => {
    const at = view.from_seconds + i * view.bin_seconds;
    const y = rounded(plot.y(count / view.bin_seconds));
    return [`${rounded(plot.x(at))},${y}`, `${rounded(plot.x(at + view.bin_seconds))},${y}`];
  });
  const floor = rounded(plot.y(0));
  return [`${rounded(plot.x(plot.from))},${floor}`, ...points, `${rounded(plot.x(plot.to))},${floor}`].join(' ');
};

const xAxis = (plot: Plot): readonly Markup[] =>
  ticksBetween(plot.from, plot.to).map(
    (tick) =>
      html`<line class="grid" x1="${rounded(plot.x(tick))}" x2="${rounded(plot.x(tick))}" y1="${TOP}" y2="${TOP + PLOT_HEIGHT}"/><text class="faint" x="${rounded(plot.x(tick))}" y="${HEIGHT - 8}" text-anchor="middle">${tick} s</text>`,
  );

const yAxis = (plot: Plot): readonly Markup[] =>
  ticksBetween(0, plot.highest)
    .filter((_, i, ticks) => i % Math.ceil(ticks.length / 4) === 0)
    .map(
      (tick) =>
        html`<text class="faint" x="${LEFT - 6}" y="${rounded(plot.y(tick)) + 4}" text-anchor="end">${tick}</text>`,
    );

const marker = (at: number | null, caption: string, plot: Plot): Markup => {
  if (at === null || at < plot.from || at > plot.to) return html``;
  const x = rounded(plot.x(at));
  return html`<line class="marker" x1="${x}" x2="${x}" y1="${TOP - 6}" y2="${TOP + PLOT_HEIGHT}"/><text class="label" x="${x + 4}" y="12">${caption}</text>`;
};

/** Acknowledged orders a second (filled) and failed attempts a second (outlined) around the fault. */
export const clientViewSvg = (view: ClientView, recoveredSeconds: number | null): Markup => {
  if (view.acknowledged.length === 0) return html`<p class="faint">The client saw nothing in this stretch.</p>`;
  const plot = plotOf(view);
  return html`<svg role="img" aria-label="Orders a second as the client saw them" viewBox="0 0 ${WIDTH} ${HEIGHT}">${xAxis(plot)}${yAxis(plot)}<polygon class="good" points="${steps(view.acknowledged, view, plot)}"/><polygon class="failed" points="${steps(view.failed, view, plot)}"/>${marker(0, 'fault', plot)}${marker(recoveredSeconds, recoveredSeconds !== null && recoveredSeconds > 0.5 ? 'good again' : '', plot)}</svg>`;
};

import type { ClientView } from './client-view';
import type { Markup } from './markup';
import { markup } from './markup';
import { rounded, ticksBetween } from './timeline-svg';

const WIDTH = 900;
const LEFT = 50;
const RIGHT = 10;
const TOP = 22;
const PLOT_HEIGHT = 130;
const HEIGHT = TOP + PLOT_HEIGHT + 24;
/** Closer to the fault than this the two captions would cover each other. */
const CAPTION_DISTANCE = 90;

interface Plot {
  readonly x: (secondsSinceFault: number) => number;
  readonly y: (perSecond: number) => number;
  readonly highest: number;
  readonly from: number;
  readonly to: number;
}

const plotOf = (view: ClientView): Plot => {
  const from = view.from_seconds;
  const to = from + view.acknowledged.length * view.bin_seconds;
  const highest = Math.max(1, ...view.acknowledged, ...view.failed) / view.bin_seconds;
  return {
    from,
    to,
    highest,
    x: (at) => rounded(LEFT + ((at - from) / (to - from)) * (WIDTH - LEFT - RIGHT)),
    y: (perSecond) => rounded(TOP + PLOT_HEIGHT * (1 - perSecond / highest)),
  };
};

/** Steps, not slopes: a slice's count holds for the whole slice. */
const steps = (counts: readonly number[], view: ClientView, plot: Plot): string => {
  const points = counts.flatMap((count, i) => {
    const at = view.from_seconds + i * view.bin_seconds;
    const y = plot.y(count / view.bin_seconds);
    return [`${plot.x(at)},${y}`, `${plot.x(at + view.bin_seconds)},${y}`];
  });
  return [`${plot.x(plot.from)},${plot.y(0)}`, ...points, `${plot.x(plot.to)},${plot.y(0)}`].join(' ');
};

const timeAxis = (plot: Plot): readonly Markup[] =>
  ticksBetween(plot.from, plot.to).map((tick) => {
    const x = plot.x(tick);
    return markup`<line class="grid" x1="${x}" x2="${x}" y1="${TOP}" y2="${TOP + PLOT_HEIGHT}"/>
<text class="faint" x="${x}" y="${HEIGHT - 8}" text-anchor="middle">${tick} s</text>
`;
  });

const rateAxis = (plot: Plot): readonly Markup[] =>
  ticksBetween(0, plot.highest).map(
    (
      tick,
    ) => markup`<text class="faint" x="${LEFT - 6}" y="${plot.y(tick) + 4}" text-anchor="end">${tick}</text>
`,
  );

const marker = (x: number, caption: string): Markup =>
  markup`<line class="marker" x1="${x}" x2="${x}" y1="${TOP - 6}" y2="${TOP + PLOT_HEIGHT}"/>
<text class="label" x="${x + 4}" y="12">${caption}</text>
`;

const markers = (recoveredSeconds: number | null, plot: Plot): readonly Markup[] => {
  const fault = marker(plot.x(0), 'fault');
  if (recoveredSeconds === null || recoveredSeconds > plot.to) return [fault];
  const x = plot.x(recoveredSeconds);
  return [fault, marker(x, x - plot.x(0) < CAPTION_DISTANCE ? '' : 'good again')];
};

/** Acknowledged orders a second (filled) and failed attempts a second (outlined) around the fault. */
export const clientViewSvg = (view: ClientView, recoveredSeconds: number | null): Markup => {
  if (view.acknowledged.length === 0) {
    return markup`<p class="faint">The client saw nothing in this stretch.</p>`;
  }
  const plot = plotOf(view);
  return markup`<svg role="img" aria-label="Orders a second as the client saw them" viewBox="0 0 ${WIDTH} ${HEIGHT}">
${timeAxis(plot)}${rateAxis(plot)}<polygon class="good" points="${steps(view.acknowledged, view, plot)}"/>
<polygon class="failed" points="${steps(view.failed, view, plot)}"/>
${markers(recoveredSeconds, plot)}</svg>`;
};

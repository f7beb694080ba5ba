import type { Markup } from './markup';
import { markup } from './markup';
import type { Phase } from './phases';

const LABEL_WIDTH = 130;
const CHART_WIDTH = 600;
const VALUE_WIDTH = 170;
const ROW_HEIGHT = 26;
const AXIS_HEIGHT = 24;
const WIDTH = LABEL_WIDTH + CHART_WIDTH + VALUE_WIDTH;

/** A round step which gives two to seven ticks. */
const tickStep = (span: number): number => {
  const raw = Math.max(span, 1e-3) / 6;
  const magnitude = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5].map((factor) => factor * magnitude).find((step) => step >= raw) ?? magnitude * 10;
};

/** Every multiple of a round step from `from` to `to`, without the dust of binary fractions. */
export const ticksBetween = (from: number, to: number): readonly number[] => {
  const step = tickStep(to - from);
  const first = Math.ceil(from / step - 1e-9);
  const count = Math.floor(to / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => Number(((first + i) * step).toFixed(6)));
};

/** Seconds to the millisecond, with their unit; null is said in words. */
export const seconds = (value: number | null): string =>
  value === null ? 'not measured' : `${value.toFixed(3)} s`;

/** SVG coordinates to the hundredth: finer is invisible and makes the file large. */
export const rounded = (value: number): number => Math.round(value * 100) / 100;

const bar = (phase: Phase & { readonly at_seconds: number }, y: number, scale: number): Markup => {
  const took = phase.took_seconds ?? 0;
  const endX = LABEL_WIDTH + Math.max(0, phase.at_seconds) * scale;
  const width = Math.max(2, took * scale);
  const x = rounded(Math.max(LABEL_WIDTH, endX - width));
  const kind = phase.name === 'fault' ? 'bad' : 'phase';
  const caption = seconds(phase.at_seconds) + (took > 0 ? ` (+${seconds(took)})` : '');
  return markup`<rect class="${kind}" x="${x}" y="${y + 5}" width="${rounded(width)}" height="${ROW_HEIGHT - 10}" rx="2"/>
<text class="value" x="${rounded(endX) + 6}" y="${y + 17}">${caption}</text>`;
};

const row = (phase: Phase, index: number, scale: number): Markup => {
  const y = AXIS_HEIGHT + index * ROW_HEIGHT;
  const value =
    phase.at_seconds === null
      ? markup`<text class="faint" x="${LABEL_WIDTH + 4}" y="${y + 17}">not measured</text>`
      : bar({ ...phase, at_seconds: phase.at_seconds }, y, scale);
  return markup`<text class="label" x="${LABEL_WIDTH - 10}" y="${y + 17}" text-anchor="end">${phase.name}</text>${value}
`;
};

const axis = (span: number, scale: number, height: number): readonly Markup[] =>
  ticksBetween(0, span).map((tick) => {
    const x = rounded(LABEL_WIDTH + tick * scale);
    return markup`<line class="grid" x1="${x}" x2="${x}" y1="${AXIS_HEIGHT - 6}" y2="${height}"/>
<text class="faint" x="${x}" y="12" text-anchor="middle">${tick} s</text>
`;
  });

/** One row per phase: the bar is the time it took, its right end the second at which it was reached. */
export const timelineSvg = (phases: readonly Phase[]): Markup => {
  const span = Math.max(0.1, ...phases.map(({ at_seconds }) => at_seconds ?? 0));
  const scale = CHART_WIDTH / span;
  const height = AXIS_HEIGHT + phases.length * ROW_HEIGHT + 4;
  const rows = phases.map((phase, i) => row(phase, i, scale));
  return markup`<svg role="img" aria-label="Timeline of the phases in seconds since the fault" viewBox="0 0 ${WIDTH} ${height}">
${axis(span, scale, height)}${rows}</svg>`;
};

import type { Markup } from './markup';
import { html } from './markup';
import type { Phase } from './phases';

const LABEL_WIDTH = 130;
const CHART_WIDTH = 580;
const VALUE_WIDTH = 190;
const ROW_HEIGHT = 26;
const AXIS_HEIGHT = 24;
const WIDTH = LABEL_WIDTH + CHART_WIDTH + VALUE_WIDTH;

/** A round step which gives four to ten ticks. */
export const tickStep = (span: number): number => {
  const raw = Math.max(span, 1e-3) / 6;
  const magnitude = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].map((factor) => factor * magnitude).find((step) => step >= raw) ?? magnitude * 10;
};

/** Every multiple of the step from `from` to `to`, without the dust of binary fractions. */
export const ticksBetween = (from: number, to: number): readonly number[] => {
  const step = tickStep(to - from);
  const first = Math.ceil(from / step - 1e-9);
  const count = Math.floor(to / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => Number(((first + i) * step).toFixed(6)));
};

export const seconds = (value: number | null): string =>
  value === null ? 'not measured' : `${value.toFixed(value >= 100 ? 1 : 3)} s`;

const row = (phase: Phase, index: number, scale: number): Markup => {
  const y = AXIS_HEIGHT + index * ROW_HEIGHT;
  const at = phase.at_seconds ?? 0;
  const took = phase.took_seconds ?? 0;
  const endX = LABEL_WIDTH + Math.max(0, at) * scale;
  const label = html`<text class="label" x="${LABEL_WIDTH - 10}" y="${y + 17}" text-anchor="end">${phase.name}</text>`;
  if (phase.at_seconds === null) {
    return html`${label}<text class="faint" x="${LABEL_WIDTH + 4}" y="${y + 17}">not measured</text>`;
  }
  const width = Math.max(2, took * scale);
  return html`${label}<rect class="${phase.name === 'fault' ? 'bad' : 'phase'}" x="${Math.max(LABEL_WIDTH, endX - width)}" y="${y + 5}" width="${width}" height="${ROW_HEIGHT - 10}" rx="2"/><text class="value" x="${endX + 6}" y="${y + 17}">${seconds(at)}${took > 0 ? ` (+${seconds(took)})` : ''}</text>`;
};

const axis = (span: number, scale: number, height: number): readonly Markup[] =>
  ticksBetween(0, span).map((tick) => {
    const x = LABEL_WIDTH + tick * scale;
    return html`<line class="grid" x1="${x}" x2="${x}" y1="${AXIS_HEIGHT - 6}" y2="${height}"/><text class="faint" x="${x}" y="12" text-anchor="middle">${tick} s</text>`;
  });

/** One row per phase: the bar is the time it took, its right end the second at which it was reached. */
export const timelineSvg = (phases: readonly Phase[]): Markup => {
  const span = Math.max(0.1, ...phases.map(({ at_seconds }) => at_seconds ?? 0));
  const scale = CHART_WIDTH / span;
  const height = AXIS_HEIGHT + phases.length * ROW_HEIGHT + 4;
  return html`<svg role="img" aria-label="Timeline of the phases in seconds since the fault" viewBox="0 0 ${WIDTH} ${height}">${axis(span, scale, height)}${phases.map((phase, i) => row(phase, i, scale))}</svg>`;
};

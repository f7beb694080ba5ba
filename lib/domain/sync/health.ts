import { SourceStatus } from './source';

/** What a source is worth that is not judged by its lag. What is not known to be well counts as what is not. */
const FIXED: Readonly<Partial<Record<SourceStatus, number>>> = {
  [SourceStatus.paused]: 25,
  [SourceStatus.stopped]: 0,
  [SourceStatus.failed]: 0,
  [SourceStatus.unknown]: 0,
};

/** A copy that is not proven yet is worth half of one that is. */
const SHARE: Readonly<Partial<Record<SourceStatus, number>>> = { [SourceStatus.syncing]: 0.5 };

/** From 100 without lag to 50 at the limit, and towards 0 beyond it. */
const byLag = (ratio: number): number => (ratio <= 1 ? 100 - 50 * ratio : 50 / ratio);

/**
 * 0-100 of one source: `100 - 50 × lag / limit` up to the limit, `50 × limit / lag` beyond it; half of it while `syncing`;
 * 25 `paused`, 0 `stopped`, `failed` and `unknown`.
 */
export const sourceHealth = (
  status: SourceStatus,
  { lagSeconds, maxLagSeconds }: { readonly lagSeconds: number | null; readonly maxLagSeconds: number },
): number => {
  const fixed = FIXED[status];
  if (fixed !== undefined) return fixed;
  const ratio = lagSeconds === null ? 1 : lagSeconds / maxLagSeconds;
  return Math.round(byLag(ratio) * (SHARE[status] ?? 1));
};

/** The mean of all sources by their weights, rounded down: 100 means that every one of them is. */
export const syncHealth = (
  sources: readonly { readonly health: number; readonly weight: number }[],
): number => {
  const weights = sources.reduce((sum, { weight }) => sum + weight, 0);
  return Math.floor(sources.reduce((sum, { health, weight }) => sum + health * weight, 0) / weights);
};

/**
 * The longest time without any of these instants between two others, ms. The last one before counts as its beginning;
 * a gap that was still open at the end counts for as long as it was seen. @param instants ascending
 */
export const longestGapMs = (
  instants: readonly number[],
  window: { readonly fromMs: number; readonly untilMs: number },
): number => {
  const { fromMs, untilMs } = window;
  const before = instants.findLast((at) => at <= fromMs) ?? fromMs;
  const inside = instants.filter((at) => at > fromMs && at <= untilMs);
  const edges = [before, ...inside, untilMs];
  return edges.slice(1).reduce((longest, at, index) => Math.max(longest, at - (edges[index] ?? at)), 0);
};

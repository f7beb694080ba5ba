import type { Observation } from '../../lib/domain/observation';
import type { WitnessId } from '../../lib/domain/topology';

/**
 * §3b.10: freshness goes by round numbers seen to change on the reader's own monotonic clock; two machines' clocks
 * are never compared. What was never seen to change has no age: it is stale.
 */
export interface Freshness {
  note(observations: readonly Observation[], nowMs: number): Readonly<Record<WitnessId, number>>;
}

interface Seen {
  readonly mark: string;
  readonly changedAtMs: number | null;
}

export const createFreshness = (): Freshness => {
  const seen = new Map<WitnessId, Seen>();
  const noteOne = (observation: Observation, nowMs: number): void => {
    const mark = `${observation.runId}/${observation.round}`;
    const before = seen.get(observation.witness);
    if (before?.mark === mark) return;
    seen.set(observation.witness, { mark, changedAtMs: before === undefined ? null : nowMs });
  };
  return {
    note: (observations, nowMs) => {
      for (const observation of observations) noteOne(observation, nowMs);
      const ages = [...seen].flatMap(([witness, { changedAtMs }]): [WitnessId, number][] =>
        changedAtMs === null ? [] : [[witness, nowMs - changedAtMs]],
      );
      return Object.fromEntries(ages);
    },
  };
};

import { evidenceOf } from '../../../lib/domain/quorum/evidence';
import { opinionsOn } from '../../../lib/domain/quorum/opinion';
import type { ProbeState } from '../../../lib/domain/observation';
import { CALM_GRID, snapshotOf, ZONE_LOSS_GRID } from '../decision/world';

const accused = { component: 'postgres', zone: 'az-a' } as const;

/** What az-c says of postgres in az-a when its probe said this, without a reason. */
const opinionOn = (grid: string, state: ProbeState) => {
  const snapshot = snapshotOf(grid);
  const observations = snapshot.observations.map((seen) => ({
    ...seen,
    targets: seen.targets.map((target) =>
      target.kind === 'postgres' && target.zone === 'az-a'
        ? { ...target, latest: { state, reason: null, latencyMs: null } }
        : target,
    ),
  }));
  return opinionsOn(evidenceOf({ ...snapshot, observations }), accused).find(
    ({ witness }) => witness === 'az-c',
  );
};

describe('an opinion says why', () => {
  it.each([
    ['failed', ZONE_LOSS_GRID, 'failed', '9 failed rounds, confirmed (no reason given)'],
    ['unknown', CALM_GRID, 'abstain', 'unknown (no reason given)'],
    ['ok', CALM_GRID, 'ok', 'answered'],
  ] as const)('%s, also where the probe gave no reason', (state, grid, vote, why) => {
    expect(opinionOn(grid, state)).toMatchObject({ vote, why, pending: false });
  });
});

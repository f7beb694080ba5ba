import { planText } from '../../lib/cli/plan-text';
import { assessRequest } from '../../lib/domain/decision/assess-request';
import { planMove } from '../../lib/domain/plan/move-plan';
import type { OperationMode } from '../../lib/domain/protocol/seat';
import { CALM_GRID, seenWithObjects, snapshotOf, withObjects } from '../domain/decision/world';

const shown = (mode: OperationMode): string => {
  const place = { writer: 'az-a', eligible: 'az-b', cooldownUntilMs: 0 };
  const calm = snapshotOf(CALM_GRID, { seat: { beside: { objects: place } } });
  const snapshot = {
    ...calm,
    topology: withObjects(calm.topology),
    observations: calm.observations.map((seen) => seenWithObjects(seen)),
  };
  const decision = assessRequest(snapshot, { to: 'az-b', mode, reason: 'a plan', only: ['objects'] });
  const { policy } = snapshot.topology;
  const move = { mode, stores: ['objects'], from: 'az-a', to: 'az-b', policy, past: [] } as const;
  return planText(planMove(move), decision);
};

describe('a plan of a store that acknowledges alone', () => {
  it('states what an emergency may lose', () => {
    expect(shown('emergency')).toContain(
      'asked for now, it would go ahead\n  [loss-stated] up to 6 seconds of objects writes may be lost, within the limit of 300',
    );
  });

  it('says nothing of it where nothing is lost', () => {
    expect(shown('planned')).toMatch(/asked for now, it would go ahead$/);
  });
});

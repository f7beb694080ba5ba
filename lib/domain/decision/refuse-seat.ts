import type { Decision, Reason } from './decision';
import { DecisionKind, ScenarioName } from './decision';
import type { Snapshot } from './snapshot';

/** A seat that Evac would never have written is not acted on: somebody has to look. */
export const refuseSeat = (snapshot: Snapshot, fault: Reason): Decision => ({
  kind: DecisionKind.refuse,
  scenario: ScenarioName.none,
  operation: null,
  confidence: 0,
  reasons: [fault],
  verdicts: [],
  voters: [],
  seatEpoch: snapshot.seat.epoch,
  policyVersion: snapshot.policyVersion,
});

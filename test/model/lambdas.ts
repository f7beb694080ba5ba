import { intakeAlarm } from '../../lambdas/intake-alarm/intake-alarm';
import { actOnDecision } from '../../lambdas/probe-zone/act-on-decision';
import { reconcileSeat } from '../../lambdas/reconcile-seat/reconcile-seat';
import type { Ports } from '../../lambdas/shared/ports';
import { startClaimed } from '../../lambdas/start-claimed/start-claimed';
import { decide } from '../../lib/domain/decision/decide';
import type { Snapshot } from '../../lib/domain/decision/snapshot';
import type { Observation } from '../../lib/domain/observation';
import { LOGIC } from '../lambdas/machine-run';

/** The shipped code behind each controller: every step's Lambda, and what starts and settles operations. */

export type Lambda = (input: never, ports: Ports) => Promise<unknown>;
export type LambdaName = string;

const FRESH_MS = 50;
const agesOf = (observations: readonly Observation[]): Snapshot['ageMs'] =>
  Object.fromEntries(observations.map(({ witness }) => [witness, FRESH_MS]));

/**
 * The deciding half of a witness's round (`oneRound`): what it has read, the decision, the claim, the start. Probing
 * and publishing are played by the explorer.
 */
export const witnessRound =
  (seen: (snapshot: Snapshot) => Snapshot = (snapshot) => snapshot): Lambda =>
  async (_input: never, ports: Ports) => {
    const { seat, observations } = await ports.store.readSituation();
    if (seat === null) return;
    const { topology, policyVersion } = ports;
    const nowMs = await ports.store.nowMs();
    const ageMs = agesOf(observations);
    const snapshot = seen({ topology, policyVersion, seat, observations, ageMs, nowMs, decidedBy: 'az-c' });
    await actOnDecision(ports, { last: '' }, snapshot, decide(snapshot));
  };

export const RECONCILE_DEAD = 'reconcile-seat';
/** The same Lambda, long after the operation's last progress. */
export const RECONCILE_STUCK = 'reconcile-seat (stuck)';

/** The same Lambda, told that the seat is behind the engines. */
export const RESEAT = 'reconcile-seat (behind)';

export const LAMBDAS: Readonly<Record<LambdaName, Lambda>> = {
  ...LOGIC,
  'probe-zone': witnessRound(),
  'intake-alarm': (alarm: string, ports: Ports) => intakeAlarm(alarm, ports),
  'start-claimed': (epochs: readonly number[], ports: Ports) => startClaimed(epochs, ports),
  [RECONCILE_DEAD]: (_input: never, ports: Ports) => reconcileSeat(ports),
  [RECONCILE_STUCK]: (_input: never, ports: Ports) => reconcileSeat(ports),
  [RESEAT]: (writer: string | null, ports: Ports) =>
    reconcileSeat(ports, { behind: 1, writer: writer ?? undefined }),
};

import { findTarget } from '../observation';
import { OperationMode, placeOf } from '../protocol/seat';
import type { Situation } from '../scenario/situation';
import type { Policy, Store, Topology, ZoneId } from '../topology';
import { electsItself, isAsynchronous, objectsOf } from '../topology';
import type { Reason } from './decision';

/** Of the stores that move, those whose loss gates (I3): the policy's, and any that acknowledges alone. */
export const gatingAmong = (
  { rpoGates }: Pick<Policy, 'rpoGates'>,
  stores: readonly Store[],
): readonly Store[] => stores.filter((store) => isAsynchronous(store) || rpoGates.includes(store));

/**
 * The most seconds of a store's writes that a move may lose without a person's word. What acknowledges alone has its own
 * objective (`sync.maxLagMs`); where the policy lets it gate, the objective of all besides.
 */
export const limitSecondsOf = (
  { policy, components }: Pick<Topology, 'policy' | 'components'>,
  store: Store,
): number => {
  if (!isAsynchronous(store)) return policy.rpoMs / 1000;
  const ownMs = objectsOf({ components })?.sync.maxLagMs ?? 0;
  return (policy.rpoGates.includes(store) ? Math.min(ownMs, policy.rpoMs) : ownMs) / 1000;
};

/** I3: the most seconds of acknowledged writes a move could lose; null = not known, which counts as beyond. */
export interface LossBound {
  readonly component: Store;
  readonly boundSeconds: number | null;
  readonly why: string;
}

const newestBeaconMs = (situation: Situation, component: Store, zone: ZoneId): number | null => {
  const beacons = situation.evidence.fresh.flatMap(
    (seen) => findTarget(seen, component, zone)?.latest.replication?.beaconAtMs ?? [],
  );
  return beacons.length === 0 ? null : Math.max(...beacons);
};

/** Of a target that is no proven standby: now (the writer is unfenced) minus its newest beacon, in the state store's time. */
export const lossAt = (
  move: Pick<LossBound, 'component'> & {
    readonly to: ZoneId;
    readonly nowMs: number;
    readonly beaconMs: number | null;
  },
): LossBound => {
  const { component, to, nowMs, beaconMs } = move;
  if (beaconMs === null)
    return { component, boundSeconds: null, why: `no beacon of ${component} was found in ${to}` };
  const boundSeconds = Math.max(0, nowMs - beaconMs) / 1000;
  return { component, boundSeconds, why: `the newest beacon in ${to} is ${boundSeconds} s old` };
};

export interface Moving {
  readonly to: ZoneId;
  readonly mode: OperationMode;
  readonly nowMs: number;
}

/** Why an eligible standby loses nothing; null: it may. */
const whyNothing = (component: Store, { to, mode }: Moving): string | null => {
  if (electsItself(component)) return `${component} elects among those that hold every acknowledged write`;
  if (!isAsynchronous(component)) return `${to} is a proven synchronous standby`;
  return mode === OperationMode.planned ? `a planned move waits until ${to} has all of it` : null;
};

/** An eligible standby holds every acknowledged write: 0, but for what nobody waits for. Else see `lossAt`. */
export const lossBound = (situation: Situation, move: Moving & { readonly component: Store }): LossBound => {
  const { component, to, nowMs } = move;
  const isEligible = placeOf(situation.seat, component).eligible === to;
  const why = isEligible ? whyNothing(component, move) : null;
  return why === null
    ? lossAt({ component, to, nowMs, beaconMs: newestBeaconMs(situation, component, to) })
    : { component, boundSeconds: 0, why };
};

/** Those that may lose more than they may by themselves, or than a person has accepted. */
export const beyondLimits = (
  situation: Situation,
  move: Moving & { readonly stores: readonly Store[]; readonly acceptedSeconds: number | null },
): readonly { readonly bound: LossBound; readonly limitSeconds: number }[] =>
  gatingAmong(situation.topology.policy, move.stores).flatMap((component) => {
    const bound = lossBound(situation, { ...move, component });
    const limitSeconds = limitAt(situation.topology, component, move.acceptedSeconds);
    return beyond([bound], limitSeconds).map(() => ({ bound, limitSeconds }));
  });

/** A person's word goes beyond the objective of what acknowledges alone, and never makes it less. */
export const limitAt = (
  topology: Pick<Topology, 'policy' | 'components'>,
  store: Store,
  acceptedSeconds: number | null,
): number => {
  const own = limitSecondsOf(topology, store);
  if (acceptedSeconds === null) return own;
  return isAsynchronous(store) ? Math.max(own, acceptedSeconds) : acceptedSeconds;
};

/** The components whose bound is unknown or above the limit. */
export const beyond = (bounds: readonly LossBound[], limitSeconds: number): readonly LossBound[] =>
  bounds.filter(({ boundSeconds }) => boundSeconds === null || boundSeconds > limitSeconds);

/** How the refusal is worded, for the witnesses, a person's request and the fence alike. */
export const beyondReason = ({ component, boundSeconds, why }: LossBound, limitSeconds: number): Reason => ({
  code: 'rpo-exceeded',
  sentence: `up to ${boundSeconds === null ? 'an unknown number of' : boundSeconds} seconds of ${component} writes could be lost, the limit is ${limitSeconds}: ${why}`,
  numbers: { component, boundSeconds, limitSeconds },
});

import { findTarget } from '../observation';
import { placeOf } from '../protocol/seat';
import type { Situation } from '../scenario/situation';
import type { Policy, Store, ZoneId } from '../topology';
import { electsItself, isStore } from '../topology';
import type { Reason } from './decision';

/** Of the stores that move, those whose loss gates (I3). */
export const gatingAmong = (
  { rpoGates }: Pick<Policy, 'rpoGates'>,
  stores: readonly Store[],
): readonly Store[] => rpoGates.filter(isStore).filter((store) => stores.includes(store));

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

/** An eligible standby holds every acknowledged write: 0. Else see `lossAt`. */
export const lossBound = (
  situation: Situation,
  move: { readonly component: Store; readonly to: ZoneId; readonly nowMs: number },
): LossBound => {
  const { component, to } = move;
  const why = electsItself(component)
    ? `${component} elects among those that hold every acknowledged write`
    : `${to} is a proven synchronous standby`;
  return placeOf(situation.seat, component).eligible === to
    ? { component, boundSeconds: 0, why }
    : lossAt({ ...move, beaconMs: newestBeaconMs(situation, component, to) });
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

import { findTarget } from '../observation';
import type { Situation } from '../scenario/situation';
import type { Component, ZoneId } from '../topology';

/** I3: the most seconds of acknowledged writes a move could lose; null = not known, which counts as beyond. */
export interface LossBound {
  readonly component: Component;
  readonly boundSeconds: number | null;
  readonly why: string;
}

const newestBeaconMs = (situation: Situation, component: Component, zone: ZoneId): number | null => {
  const beacons = situation.evidence.fresh.flatMap(
    (seen) => findTarget(seen, component, zone)?.latest.replication?.beaconAtMs ?? [],
  );
  return beacons.length === 0 ? null : Math.max(...beacons);
};

/**
 * An eligible standby holds every acknowledged write: 0. Else now (the writer is unfenced) minus the newest beacon
 * found at the target, both in the state store's time.
 */
export const lossBound = (
  situation: Situation,
  move: { readonly component: Component; readonly to: ZoneId; readonly nowMs: number },
): LossBound => {
  const { component, to, nowMs } = move;
  if (situation.seat.eligible === to)
    return { component, boundSeconds: 0, why: `${to} is a proven synchronous standby` };
  const beaconMs = newestBeaconMs(situation, component, to);
  if (beaconMs === null)
    return { component, boundSeconds: null, why: `no beacon of ${component} was found in ${to}` };
  const boundSeconds = Math.max(0, nowMs - beaconMs) / 1000;
  return { component, boundSeconds, why: `the newest beacon in ${to} is ${boundSeconds} s old` };
};

/** The components whose bound is unknown or above the limit. */
export const beyond = (bounds: readonly LossBound[], limitSeconds: number): readonly LossBound[] =>
  bounds.filter(({ boundSeconds }) => boundSeconds === null || boundSeconds > limitSeconds);

import type { ZoneId } from '../topology';

/** Weights 0-100 per zone: the share of new clients that each gets. */
export type Weights = Readonly<Record<ZoneId, number>>;

/** Percent: all of the traffic. */
export const WHOLE = 100;

export const allTo = (zones: readonly ZoneId[], target: ZoneId): Weights =>
  Object.fromEntries(zones.map((zone) => [zone, zone === target ? WHOLE : 0]));

/** Two zones share the traffic, all others get nothing. `share`: percent of `to`. */
export const sharedBetween = (
  zones: readonly ZoneId[],
  { from, to }: { readonly from: ZoneId; readonly to: ZoneId },
  share: number,
): Weights => ({ ...allTo(zones, to), [from]: WHOLE - share, [to]: share });

/** Percent of the traffic that the zone gets; 0 when nobody gets any. */
export const shareOf = (weights: Weights, zone: ZoneId): number => {
  const sum = Object.values(weights).reduce((total, weight) => total + weight, 0);
  return sum === 0 ? 0 : (WHOLE * (weights[zone] ?? 0)) / sum;
};

/** Whether what was read back is not what was wanted. */
export const differs = (wanted: Weights, found: Weights): boolean =>
  Object.entries(wanted).some(([zone, weight]) => found[zone] !== weight);

import type { ZoneId } from '../topology';
import { nextShare } from './shift-policy';
import type { Weights } from './weights';
import { WHOLE } from './weights';

/** How both zones of an active-active deployment share the traffic while all is well, and how a zone gets its share back. */
export interface BalancePolicy {
  /** Percent; 100 in all. */
  readonly shares: Weights;
  /** The least time between a zone's drain and its first share. */
  readonly returnAfterMs: number;
  /** Percent of the traffic, growing: a returning zone goes from one to the next, up to its share. */
  readonly steps: readonly number[];
  /** The least time at a step. */
  readonly dwellMs: number;
}

/** Seconds, as the configuration file has them. */
export const BALANCE_DEFAULTS = { returnAfterSeconds: 60, stepSeconds: 30 } as const;

/** Evenly between the zones, in whole percent. */
export const evenShares = (zones: readonly ZoneId[]): Weights => divided(WHOLE, zones, {});

/** What the quorum says of a zone's service. */
export const ServiceWord = { well: 'well', failed: 'failed', unknown: 'unknown' } as const;
export type ServiceWord = (typeof ServiceWord)[keyof typeof ServiceWord];

export interface Balancing {
  readonly present: Weights;
  readonly words: Readonly<Record<ZoneId, ServiceWord>>;
  /** Since the weights were changed the last time. */
  readonly restedMs: number;
}

/** Where the traffic is to go; `weights` are the present ones when nothing is to be done. */
export interface Balanced {
  readonly weights: Weights;
  readonly why: string;
}

/** A zone that is not named gets nothing. */
const weightOf = (weights: Weights, zone: ZoneId): number => weights[zone] ?? 0;

const zonesWith = (
  { words }: Pick<Balancing, 'words'>,
  wanted: (word: ServiceWord, zone: ZoneId) => boolean,
): readonly ZoneId[] => Object.entries(words).flatMap(([zone, word]) => (wanted(word, zone) ? [zone] : []));

const sumOf = (weights: Weights, zones: readonly ZoneId[]): number =>
  zones.reduce((sum, zone) => sum + weightOf(weights, zone), 0);

/**
 * So much between these zones, in proportion to their shares (evenly where they have none), in whole percent: the last one
 * takes what rounding leaves.
 */
const divided = (total: number, zones: readonly ZoneId[], shares: Weights): Weights => {
  const sum = sumOf(shares, zones);
  const partOf = (zone: ZoneId): number =>
    Math.round(sum === 0 ? total / zones.length : (total * weightOf(shares, zone)) / sum);
  const parted = Object.fromEntries(zones.slice(0, -1).map((zone) => [zone, partOf(zone)]));
  const rest = total - sumOf(parted, Object.keys(parted));
  return { ...parted, ...Object.fromEntries(zones.slice(-1).map((zone) => [zone, rest])) };
};

const named = (zones: readonly ZoneId[]): string => zones.join(' and ');

/** A zone whose service failed gets nothing, as long as another one is seen well; unknown is no reason to take traffic away. */
const drained = ({ shares }: BalancePolicy, balancing: Balancing): Balanced | null => {
  const { present, words } = balancing;
  const sick = zonesWith(
    balancing,
    (word, zone) => word === ServiceWord.failed && weightOf(present, zone) > 0,
  );
  if (sick.length === 0) return null;
  const well = zonesWith(balancing, (word) => word === ServiceWord.well);
  if (well.length === 0)
    return {
      weights: present,
      why: `the service in ${named(sick)} failed, and no zone is seen well that could take its traffic`,
    };
  const takers = zonesWith(
    balancing,
    (word, zone) =>
      word === ServiceWord.well || (word === ServiceWord.unknown && weightOf(present, zone) > 0),
  );
  const none = Object.fromEntries(Object.keys(words).map((zone) => [zone, 0]));
  return {
    weights: { ...none, ...divided(WHOLE, takers, shares) },
    why: `the service in ${named(sick)} failed; its traffic goes to ${named(takers)}, and no store moves`,
  };
};

/** One zone at a time, a step at a time, and only a zone that is well. */
const returning = (policy: BalancePolicy, { present, words, restedMs }: Balancing): Balanced | null => {
  const { shares, returnAfterMs, dwellMs, steps } = policy;
  const below = Object.keys(words).filter((zone) => weightOf(present, zone) < weightOf(shares, zone));
  const zone = below.find((each) => words[each] === ServiceWord.well);
  if (zone === undefined)
    return below.length === 0
      ? null
      : { weights: present, why: `${named(below)} gets its share back when its service is seen well` };
  const now = weightOf(present, zone);
  const restMs = now === 0 ? returnAfterMs : dwellMs;
  if (restedMs < restMs)
    return {
      weights: present,
      why: `${zone} is well; its next share of the traffic comes in ${Math.ceil((restMs - restedMs) / 1000)} s`,
    };
  const share = Math.min(weightOf(shares, zone), nextShare({ steps }, now));
  const others = Object.keys(words).filter((each) => each !== zone && weightOf(present, each) > 0);
  return {
    weights: { ...present, ...divided(WHOLE - share, others, present), [zone]: share },
    why: `${zone} is well and goes from ${now} to ${share} % of the traffic`,
  };
};

/** Drains what failed at once, gives back slowly, and never acts on what is not known (I9). */
export const balanced = (policy: BalancePolicy, balancing: Balancing): Balanced =>
  drained(policy, balancing) ??
  returning(policy, balancing) ?? { weights: balancing.present, why: 'each zone has its share' };

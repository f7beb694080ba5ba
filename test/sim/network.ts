import type { Random } from './random';
import type { Timeline } from './timeline';
import { Place } from './places';

export interface Parcel {
  readonly from: Place;
  readonly to: Place;
  readonly deliver: () => void;
  /** Absent: what was once sent is sent again until it arrives, also long after the sender gave up waiting. */
  readonly isWanted?: () => boolean;
}

/** The links between places: latency, cuts by direction, loss. */
export interface Network {
  send(parcel: Parcel): void;
  isOpen(from: Place, to: Place): boolean;
  isOpenBothWays(a: Place, b: Place): boolean;
  /** Cuts add up: a link is open again when everybody who cut it has healed it. */
  cut(from: Place, to: Place): void;
  heal(from: Place, to: Place): void;
  /** Every packet to and from this place is lost with this probability. */
  lose(place: Place, probability: number): void;
  /** Ms, one way, without loss. */
  latencyMs(from: Place, to: Place): number;
}

/** A lost packet is sent again after 0.2 s, then twice that, and so on, as TCP does; a dead link is given up in the end. */
const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 13_000;

const LATENCY_MS = { here: 0.05, zone: 0.6, region: 1.5 } as const;

const isRegional = (place: Place): boolean => place === Place.region || place === Place.clients;

export const createNetwork = (timeline: Timeline, random: Random): Network => {
  const cuts = new Map<string, number>();
  const loss = new Map<Place, number>();
  const key = (from: Place, to: Place): string => `${from}>${to}`;
  const isOpen = (from: Place, to: Place): boolean => (cuts.get(key(from, to)) ?? 0) === 0;
  const latencyMs = (from: Place, to: Place): number => {
    if (from === to) return LATENCY_MS.here;
    const base = isRegional(from) || isRegional(to) ? LATENCY_MS.region : LATENCY_MS.zone;
    return base * (0.7 + 0.6 * random.next());
  };
  const isLost = ({ from, to }: Parcel): boolean => {
    if (from === to) return false;
    if (!isOpen(from, to)) return true;
    const probability = Math.max(loss.get(from) ?? 0, loss.get(to) ?? 0);
    return probability > 0 && random.chance(probability);
  };
  const attempt = (parcel: Parcel, retryMs: number): void => {
    if (!isLost(parcel)) {
      timeline.after(latencyMs(parcel.from, parcel.to), parcel.deliver);
      return;
    }
    if (retryMs > LAST_RETRY_MS) return;
    timeline.after(retryMs, () => {
      if (parcel.isWanted?.() !== false) attempt(parcel, retryMs * 2);
    });
  };
  const add = (from: Place, to: Place, count: number): void =>
    void cuts.set(key(from, to), Math.max(0, (cuts.get(key(from, to)) ?? 0) + count));
  return {
    send: (parcel) => attempt(parcel, FIRST_RETRY_MS),
    isOpen,
    isOpenBothWays: (a, b) => isOpen(a, b) && isOpen(b, a),
    cut: (from, to) => add(from, to, 1),
    heal: (from, to) => add(from, to, -1),
    lose: (place, probability) => void loss.set(place, probability),
    latencyMs,
  };
};

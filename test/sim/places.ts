import type { Timeline } from './timeline';

/** Where something runs. A zone may die or freeze as a whole; clients and the Region do not. */
export const Place = {
  azA: 'az-a',
  azB: 'az-b',
  azC: 'az-c',
  clients: 'clients',
  region: 'region',
} as const;
export type Place = (typeof Place)[keyof typeof Place];

export const ZONES = [Place.azA, Place.azB, Place.azC] as const;
export const DATA_ZONES = [Place.azA, Place.azB] as const;
export type DataZone = (typeof DATA_ZONES)[number];

export const otherZone = (zone: DataZone): DataZone => (zone === Place.azA ? Place.azB : Place.azA);

export const placeOf = (name: string): Place => {
  const found = Object.values(Place).find((place) => place === name);
  if (found === undefined) throw new Error(`there is no place ${name}`);
  return found;
};

export const dataZoneOf = (name: string): DataZone => {
  const found = DATA_ZONES.find((zone) => zone === name);
  if (found === undefined) throw new Error(`there is no store in ${name}`);
  return found;
};

interface Condition {
  isUp: boolean;
  refuses: boolean;
  frozen: number;
  waiting: (() => void)[];
}

/** Who wants to know when a place dies, or goes on after a freeze. */
export interface Resident {
  readonly onDeath?: () => void;
  readonly onFreeze?: () => void;
  readonly onThaw?: () => void;
  readonly onReturn?: () => void;
}

export interface Places {
  isUp(place: Place): boolean;
  isFrozen(place: Place): boolean;
  /** Runs it there: at once, after the thaw, or never when the place is dead. */
  deliver(place: Place, run: () => void, refused?: () => void): void;
  settle(place: Place, resident: Resident): void;
  /** `refuses`: its machines still answer that nobody listens; else they are silent. */
  kill(place: Place, refuses: boolean): void;
  restore(place: Place): void;
  /** Freezes add up: what two faults froze goes on when both are over. */
  freeze(place: Place): void;
  thaw(place: Place): void;
}

export const createPlaces = (timeline: Timeline): Places => {
  const conditions = new Map<Place, Condition>(
    Object.values(Place).map((place) => [place, { isUp: true, refuses: false, frozen: 0, waiting: [] }]),
  );
  const residents = new Map<Place, Resident[]>();
  const at = (place: Place): Condition => conditions.get(place) as Condition;
  const all = (place: Place): readonly Resident[] => [...(residents.get(place) ?? [])];
  const wake = (place: Place): void => {
    for (const resident of all(place)) resident.onThaw?.();
    for (const run of at(place).waiting.splice(0)) timeline.after(0, () => deliver(place, run));
  };
  const deliver = (place: Place, run: () => void, refused?: () => void): void => {
    const condition = at(place);
    if (!condition.isUp) return condition.refuses ? refused?.() : undefined;
    if (condition.frozen > 0) condition.waiting.push(run);
    else run();
  };
  return {
    isUp: (place) => at(place).isUp,
    isFrozen: (place) => at(place).frozen > 0,
    deliver,
    settle: (place, resident) => void residents.set(place, [...(residents.get(place) ?? []), resident]),
    kill: (place, refuses) => {
      const condition = at(place);
      if (!condition.isUp) return;
      Object.assign(condition, { isUp: false, refuses, frozen: 0, waiting: [] });
      for (const resident of all(place)) resident.onDeath?.();
    },
    restore: (place) => {
      if (at(place).isUp) return;
      at(place).isUp = true;
      for (const resident of all(place)) resident.onReturn?.();
    },
    freeze: (place) => {
      at(place).frozen += 1;
      if (at(place).frozen === 1) for (const resident of all(place)) resident.onFreeze?.();
    },
    thaw: (place) => {
      const condition = at(place);
      condition.frozen = Math.max(0, condition.frozen - 1);
      if (condition.frozen === 0) wake(place);
    },
  };
};

import type { Network } from './network';
import type { DataZone, Places } from './places';
import { DATA_ZONES, otherZone, Place, ZONES } from './places';
import type { Platform } from './platform';
import type { Random } from './random';

/** What faults act on. */
export interface FaultTargets {
  readonly network: Network;
  readonly places: Places;
  readonly platform: Platform;
  readonly crashPostgres: (zone: DataZone) => void;
  readonly bootPostgres: (zone: DataZone) => void;
  readonly killApi: (zone: DataZone) => void;
  readonly startApi: (zone: DataZone) => void;
  readonly setStoreReachable: (isReachable: boolean) => void;
  readonly setSkewMs: (place: Place, ms: number) => void;
  readonly stopWitness: (witness: string) => void;
  readonly startWitness: (witness: string) => void;
  readonly abortAnExecution: () => void;
  readonly startByHand: (machine: string, input: Readonly<Record<string, unknown>>) => void;
  readonly askByAlarm: () => void;
  /** The zone's writer can no longer be reached by those who judge it. */
  readonly impair: (zone: DataZone, by: 1 | -1) => void;
}

export interface Fault {
  readonly what: string;
  readonly begin: (on: FaultTargets) => void;
  readonly end: (on: FaultTargets) => void;
}

export interface Planned extends Fault {
  readonly atMs: number;
  readonly forMs: number;
}

type FaultMaker = (random: Random) => Fault;

const nothing = (): void => undefined;
const everywhereElse = (place: Place): readonly Place[] =>
  Object.values(Place).filter((other) => other !== place);
const aDataZone = (random: Random): DataZone => random.pick([Place.azA, Place.azA, Place.azB]);
const aZone = (random: Random): (typeof ZONES)[number] =>
  random.pick([Place.azA, Place.azA, Place.azB, Place.azC]);
const asData = (place: Place): DataZone | null => DATA_ZONES.find((zone) => zone === place) ?? null;

const impairing = (place: Place, fault: Fault): Fault => {
  const zone = asData(place);
  if (zone === null) return fault;
  return {
    what: fault.what,
    begin: (on) => {
      on.impair(zone, 1);
      fault.begin(on);
    },
    end: (on) => {
      fault.end(on);
      on.impair(zone, -1);
    },
  };
};

const killed: FaultMaker = (random) => {
  const zone = aZone(random);
  const refuses = random.chance(0.5);
  return impairing(zone, {
    what: `${zone} is killed${refuses ? '' : ' and silent'}`,
    begin: ({ places }) => places.kill(zone, refuses),
    end: ({ places }) => places.restore(zone),
  });
};
const frozen: FaultMaker = (random) => {
  const zone = aZone(random);
  return impairing(zone, {
    what: `${zone} is frozen`,
    begin: ({ places }) => places.freeze(zone),
    end: ({ places }) => places.thaw(zone),
  });
};

type Ends = readonly (readonly [Place, Place])[];
const cutAll = (what: string, ends: Ends): Fault => ({
  what,
  begin: ({ network }) => ends.forEach(([from, to]) => network.cut(from, to)),
  end: ({ network }) => ends.forEach(([from, to]) => network.heal(from, to)),
});
const outOf = (zone: Place): Ends => everywhereElse(zone).map((other) => [zone, other] as const);
const into = (zone: Place): Ends => everywhereElse(zone).map((other) => [other, zone] as const);

const cutOff: FaultMaker = (random) => {
  const zone = aZone(random);
  return impairing(zone, cutAll(`${zone} is cut off`, [...outOf(zone), ...into(zone)]));
};
const oneWay: FaultMaker = (random) => {
  const zone = aZone(random);
  return random.chance(0.5)
    ? impairing(zone, cutAll(`what ${zone} sends is lost`, outOf(zone)))
    : impairing(zone, cutAll(`what is sent to ${zone} is lost`, into(zone)));
};
const PAIRS = [
  [Place.azA, Place.azB],
  [Place.azA, Place.azB],
  [Place.azA, Place.azC],
  [Place.azB, Place.azC],
] as const;
/** Two of them may add up to a zone that nobody who votes can see. */
const pairImpairs = (a: Place, b: Place, fault: Fault): Fault => ({
  what: fault.what,
  begin: (on) => {
    fault.begin(on);
    for (const zone of [a, b].flatMap((place) => asData(place) ?? []))
      if (isUnseen(on.network, zone)) on.impair(zone, 1);
  },
  end: (on) => {
    for (const zone of [a, b].flatMap((place) => asData(place) ?? []))
      if (isUnseen(on.network, zone)) on.impair(zone, -1);
    fault.end(on);
  },
});
const isUnseen = (network: Network, zone: DataZone): boolean =>
  [otherZone(zone), Place.azC].every((witness) => !network.isOpenBothWays(zone, witness));

const pairCut: FaultMaker = (random) => {
  const [a, b] = random.pick(PAIRS);
  const ends: Ends = [
    [a, b],
    [b, a],
  ];
  return pairImpairs(a, b, cutAll(`${a} and ${b} do not see each other`, ends));
};
const oneWayPair: FaultMaker = (random) => {
  const [a, b] = random.pick(PAIRS);
  const ends: Ends = random.chance(0.5) ? [[a, b]] : [[b, a]];
  return pairImpairs(a, b, cutAll(`what ${ends[0]?.[0] ?? a} sends to ${ends[0]?.[1] ?? b} is lost`, ends));
};
const lossy: FaultMaker = (random) => {
  const zone = aZone(random);
  const share = random.between(0.02, 0.2);
  return {
    what: `${zone} loses ${Math.round(share * 100)} % of its packets`,
    begin: ({ network }) => network.lose(zone, share),
    end: ({ network }) => network.lose(zone, 0),
  };
};

const struck =
  (kind: 'crash' | 'pause'): FaultMaker =>
  (random) => {
    const [tasksLeft, callsLeft] = [random.below(8), random.below(9)];
    const strike = { kind, tasksLeft, callsLeft, ms: random.between(5_000, 80_000) };
    const what = kind === 'crash' ? 'crashes' : `pauses for ${Math.round(strike.ms)} ms`;
    return {
      what: `after ${tasksLeft} more tasks one ${what} after ${callsLeft} calls`,
      begin: ({ platform }) => platform.arm(strike),
      end: ({ platform }) => platform.disarm(strike),
    };
  };
const throttled: FaultMaker = () => ({
  what: 'Lambda throttles',
  begin: ({ platform }) => void (platform.isThrottled = true),
  end: ({ platform }) => void (platform.isThrottled = false),
});
const aborted: FaultMaker = () => ({
  what: 'somebody aborts an execution',
  begin: (on) => on.abortAnExecution(),
  end: nothing,
});
const storeSilent: FaultMaker = () => ({
  what: 'the state store does not answer',
  begin: (on) => on.setStoreReachable(false),
  end: (on) => on.setStoreReachable(true),
});

const byHand: FaultMaker = (random) => {
  const to = random.pick(DATA_ZONES);
  const isEmergency = random.chance(0.4);
  const input = {
    to,
    mode: isEmergency ? 'emergency' : 'planned',
    reason: 'a person wants it',
    ...(random.chance(0.6) ? { overrideCooldown: true } : {}),
    ...(isEmergency && random.chance(0.6) ? { acceptLossSeconds: 60 } : {}),
  };
  return {
    what: `a person: ${JSON.stringify(input)}`,
    begin: (on) => on.startByHand('failover', input),
    end: nothing,
  };
};
const goHome: FaultMaker = () => {
  const input = { reason: 'a person wants to go home', overrideCooldown: true };
  return {
    what: 'a person starts the rollback',
    begin: (on) => on.startByHand('rollback', input),
    end: nothing,
  };
};
const alarm: FaultMaker = () => ({ what: 'an alarm', begin: (on) => on.askByAlarm(), end: nothing });

const clockJump: FaultMaker = (random) => {
  const place = random.pick(Object.values(Place) as [Place, ...Place[]]);
  const ms = Math.round(random.between(-300_000, 300_000));
  return {
    what: `the wall clocks of ${place} are ${ms} ms off`,
    begin: (on) => on.setSkewMs(place, ms),
    end: (on) => on.setSkewMs(place, 0),
  };
};
const postgresCrash: FaultMaker = (random) => {
  const zone = random.pick(DATA_ZONES);
  return impairing(zone, {
    what: `PostgreSQL in ${zone} crashes`,
    begin: (on) => on.crashPostgres(zone),
    end: (on) => on.bootPostgres(zone),
  });
};
const apiCrash: FaultMaker = (random) => {
  const zone = aDataZone(random);
  return impairing(zone, {
    what: `the API in ${zone} is killed`,
    begin: (on) => on.killApi(zone),
    end: (on) => on.startApi(zone),
  });
};
const witnessLost: FaultMaker = (random) => {
  const witness = random.pick([...ZONES, 'region'] as const);
  return {
    what: `the witness ${witness} is gone`,
    begin: (on) => on.stopWitness(witness),
    end: (on) => on.startWitness(witness),
  };
};

/** Each with how often it is drawn. */
const MAKERS: readonly (readonly [number, FaultMaker])[] = [
  [5, killed],
  [4, frozen],
  [5, cutOff],
  [3, oneWay],
  [4, pairCut],
  [3, oneWayPair],
  [2, lossy],
  [4, struck('crash')],
  [4, struck('pause')],
  [1, throttled],
  [2, aborted],
  [3, storeSilent],
  [5, byHand],
  [1, goHome],
  [2, alarm],
  [2, clockJump],
  [3, postgresCrash],
  [1, apiCrash],
  [3, witnessLost],
];
const TOTAL = MAKERS.reduce((sum, [weight]) => sum + weight, 0);

const drawn = (random: Random): Fault => {
  let left = random.next() * TOTAL;
  for (const [weight, make] of MAKERS) {
    left -= weight;
    if (left < 0) return make(random);
  }
  return killed(random);
};

export interface FaultWindow {
  readonly startMs: number;
  readonly ms: number;
  /** The pace of the deployment that has to notice. */
  readonly roundMs: number;
}

export const LEAST_FAULTS = 3;
const MOST_FAULTS = 6;
const SHORTEST_MS = 1_500;
const FLAPPING_SHARE = 0.12;
/** A loss is seen after so many rounds, and a rejoin is done about as many after the return, in any pace. */
const LOSS_ROUNDS = 8;
const LOSS_MS = 12_000;

const planned = (random: Random, fault: Fault, { startMs, ms }: FaultWindow): Planned => ({
  ...fault,
  atMs: startMs + random.next() * ms,
  forMs: random.between(SHORTEST_MS, Math.max(SHORTEST_MS * 2, ms * 0.6)),
});

/** One zone after the other: what the cooldown is for. */
const flapping = (random: Random, { startMs, roundMs }: FaultWindow): readonly Planned[] => {
  const forMs = LOSS_MS + LOSS_ROUNDS * roundMs;
  const secondAtMs = startMs + forMs * random.between(2, 3);
  const loss = (zone: DataZone): Fault =>
    impairing(zone, {
      what: `${zone} is killed`,
      begin: ({ places }) => places.kill(zone, true),
      end: ({ places }) => places.restore(zone),
    });
  const lateClocks = [clockJump(random), clockJump(random)];
  return [
    { ...loss(Place.azA), atMs: startMs, forMs },
    { ...loss(Place.azB), atMs: secondAtMs, forMs },
    ...lateClocks.map((jump) => ({ ...jump, atMs: startMs, forMs: secondAtMs + forMs })),
  ];
};

/** What goes wrong in one schedule, in the order of its beginning: at least three faults. */
export const planFaults = (random: Random, window: FaultWindow): readonly Planned[] => {
  const base = random.chance(FLAPPING_SHARE) ? flapping(random, window) : [];
  const wanted = LEAST_FAULTS + random.below(MOST_FAULTS - LEAST_FAULTS + 1) - base.length;
  const more = Array.from({ length: Math.max(0, wanted) }, () => planned(random, drawn(random), window));
  return [...base, ...more].sort((a, b) => a.atMs - b.atMs);
};

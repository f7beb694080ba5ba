import {
  afterFailover,
  brokenPrice,
  byHand,
  degraded,
  degrading,
  fenced,
  saved,
  unfencedWaiver,
  withoutStandby,
} from './beginnings';
import type { Space } from './space';

/** The bounded spaces that the full run exhausts: each has one matter, and the budget that fits a run. */

const zoneLoss: Space = {
  name: 'zone-loss',
  about: 'az-a is lost, the witnesses find it; a controller crashes; az-a comes back with its clients',
  budget: { faults: 1, returns: 1, writes: 2, looks: 1, witnesses: 1, outbox: 1, deaths: 1, crashes: 1 },
  faults: ['az-a dies', 'az-a freezes', 'az-a is cut off', 'PostgreSQL in az-a is killed'],
  people: [],
};

const lateEffects: Space = {
  name: 'late-effects',
  about: 'a planned move by hand; a task overruns or loses an answer, is settled, and its effect lands late',
  budget: { writes: 1, late: 1, overruns: 1, deaths: 1 },
  faults: [],
  people: [byHand()],
};

const twice: Space = {
  name: 'twice',
  about:
    'a planned move by hand, of which one task is delivered twice and runs twice at once; a controller crashes',
  budget: { writes: 1, doubles: 1, deaths: 1, crashes: 1 },
  faults: [],
  people: [byHand()],
};

const unheard: Space = {
  name: 'unheard',
  about:
    'a planned move by hand, of which one answer is lost and the execution is aborted from the console while its Lambda lives on',
  budget: { writes: 1, timeouts: 1, aborts: 1, deaths: 1 },
  faults: [],
  people: [byHand()],
};

const rejoinTwice: Space = {
  name: 'rejoin-twice',
  about: 'a standby rejoins, one task runs twice at once, and either zone is lost',
  budget: { faults: 1, writes: 1, looks: 1, witnesses: 1, doubles: 1, deaths: 1 },
  faults: ['az-b dies', 'az-b freezes', 'az-a freezes', 'az-a and az-b lose each other'],
  people: [],
  begin: withoutStandby,
};

const sourceLost: Space = {
  name: 'source-lost',
  about: 'a planned move by hand, in which the old writer is lost and comes back',
  budget: { faults: 1, returns: 1, writes: 1, deaths: 1, crashes: 1 },
  faults: ['az-a dies', 'az-a freezes', 'az-a is cut off'],
  people: [byHand()],
};

const targetLost: Space = {
  name: 'target-lost',
  about: 'a planned move by hand, in which the target is lost and comes back',
  budget: { faults: 1, returns: 1, writes: 1, deaths: 1, crashes: 1 },
  faults: ['az-b dies', 'az-b freezes', 'az-b is cut off', 'az-a and az-b lose each other'],
  people: [byHand()],
};

const races: Space = {
  name: 'races',
  about: 'a person, a witness and an alarm start at once while az-a is lost',
  budget: { faults: 1, looks: 1, leaps: 1, witnesses: 1, alarms: 1, cooldowns: 1 },
  faults: ['az-a dies', 'az-a is cut off'],
  people: [byHand({ mode: 'emergency', overrideCooldown: true })],
};

const standbyLoss: Space = {
  name: 'standby-loss',
  about: 'the standby is lost and given up, comes back and rejoins; a controller is late',
  budget: { faults: 1, returns: 1, writes: 2, looks: 2, witnesses: 2, overruns: 1, deaths: 1 },
  faults: ['az-b dies', 'az-b freezes', 'az-a and az-b lose each other'],
  people: [],
};

const rejoin: Space = {
  name: 'rejoin',
  about: 'a standby rejoins while effects land late and either zone is lost',
  budget: { faults: 1, returns: 1, writes: 1, looks: 1, witnesses: 1, late: 1, deaths: 1 },
  faults: ['az-b dies', 'az-a dies', 'az-a freezes'],
  people: [],
  begin: withoutStandby,
};

const waiver: Space = {
  name: 'waiver',
  about: 'without an eligible standby a person accepts a loss; the old writer comes back',
  budget: { faults: 1, returns: 1, writes: 2, deaths: 1, crashes: 1 },
  faults: ['az-a dies', 'az-a freezes', 'az-a is cut off'],
  people: [byHand({ mode: 'emergency', acceptLossSeconds: 60 })],
  begin: withoutStandby,
};

const stuck: Space = {
  name: 'stuck',
  about: 'a planned move by hand, taken over at any point while it goes on as if nothing were',
  budget: { writes: 1, stuck: 1, deaths: 1 },
  faults: [],
  people: [byHand()],
};

const twoReconcilers: Space = {
  name: 'two-reconcilers',
  about:
    'a planned move died in its switch; two reconcilers settle it at once while its target comes and goes',
  budget: { faults: 1, returns: 1, writes: 1, deaths: 1, stuck: 1 },
  faults: ['az-b freezes', 'az-b dies', 'az-a and az-b lose each other'],
  people: [],
  begin: fenced({ phase: 'switching' }),
};

const waiverDied: Space = {
  name: 'waiver-died',
  about:
    'an emergency without an eligible standby died before its fence; two reconcilers, and the old writer comes and goes',
  budget: { faults: 1, returns: 1, writes: 1, deaths: 1, stuck: 1 },
  faults: ['az-a freezes', 'az-a dies', 'az-a is cut off'],
  people: [],
  begin: unfencedWaiver,
};

const priceBroken: Space = {
  name: 'price-broken',
  about:
    'an emergency without an eligible standby died at its fence, and its loss is beyond the price by now; the old writer comes and goes',
  budget: { faults: 1, returns: 1, writes: 1, deaths: 1, stuck: 1, crashes: 1 },
  faults: ['az-a freezes', 'az-a dies', 'az-a is cut off'],
  people: [],
  begin: brokenPrice,
};

const degradeDied: Space = {
  name: 'degrade-died',
  about: 'a degrade has died, and its writer is lost, for good or not; a person accepts a loss',
  budget: { faults: 1, returns: 1, writes: 1, deaths: 1, crashes: 1 },
  faults: ['az-a dies', 'az-a freezes', 'az-a is cut off'],
  people: [byHand({ mode: 'emergency', acceptLossSeconds: 60 })],
  begin: degrading,
};

const restored: Space = {
  name: 'restored',
  about:
    'after a failover the table is restored from before it; two controllers mend the seat, az-a is a zombie',
  budget: { writes: 1, restores: 1, reseats: 2, witnesses: 1 },
  faults: [],
  people: [],
  begin: saved(afterFailover),
};

const restoredAlone: Space = {
  name: 'restored-alone',
  about: 'the writer went on alone, and the table is restored from when its standby was eligible',
  budget: { faults: 1, returns: 1, writes: 1, restores: 1, reseats: 1, crashes: 1 },
  faults: ['az-a dies', 'az-b dies'],
  people: [],
  begin: saved(degraded),
};

const restoredInMove: Space = {
  name: 'restored-in-move',
  about: 'the table is restored in the middle of a planned move by hand',
  budget: { restores: 1, reseats: 1, deaths: 1 },
  faults: [],
  people: [byHand()],
  begin: saved(),
};

export const SPACES: readonly Space[] = [
  restored,
  restoredAlone,
  restoredInMove,
  twoReconcilers,
  waiverDied,
  priceBroken,
  degradeDied,
  stuck,
  rejoin,
  rejoinTwice,
  twice,
  unheard,
  standbyLoss,
  sourceLost,
  targetLost,
  lateEffects,
  waiver,
  races,
  zoneLoss,
];

const smaller = (space: Space, budget: Space['budget']): Space => ({
  ...space,
  name: `small ${space.name}`,
  budget: { ...space.budget, ...budget },
});

export const SMALL_SPACES: readonly Space[] = [
  smaller(restored, { writes: 0, reseats: 1 }),
  smaller(waiverDied, { writes: 0, returns: 0 }),
  smaller(priceBroken, { crashes: 0 }),
  smaller(degradeDied, { writes: 0, looks: 0 }),
  smaller(zoneLoss, { crashes: 0, returns: 0, writes: 1 }),
  smaller(rejoinTwice, { looks: 0, deaths: 0 }),
  smaller(standbyLoss, { overruns: 0, writes: 1, stuck: 0 }),
  smaller(lateEffects, { late: 0, stuck: 0 }),
  smaller(targetLost, { crashes: 0, stuck: 0, writes: 0 }),
];

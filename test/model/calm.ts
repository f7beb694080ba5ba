import type { Operation } from '../../lib/domain/protocol/seat';
import { byHand } from './beginnings';
import type { Explorer } from './explorer';
import { acknowledgeAll } from './clients';
import { perform, summon } from './controllers';
import { boot, comeBack, dieIn } from './hosts';
import { RECONCILE_STUCK, RESEAT } from './lambdas';
import { epochAhead, lookAgain } from './looking';
import { isAlive, replicate } from './replication';
import { seatIdOf, seatOfId } from './seats';
import { startExecution } from './services';
import { tidy } from './tidy';
import type { DataZone, Server, World } from './world';
import { BUDGETS, DATA_ZONES, draftOf, otherZone } from './world';

/** What becomes of a state when faults stop: the shipped controllers run undisturbed, and must set all right. */

const ROUNDS = 14;
const STEPS_A_ROUND = 400;

/** All but `away`, which is lost for good. */
const heal = (world: World, away: DataZone | null): void => {
  world.witnessC = 'well';
  world.linkCut = false;
  for (const zone of DATA_ZONES) {
    // A machine whose PostgreSQL was killed or stopped is started again by whoever looks after it: its boot decides.
    if (zone === away) dieIn(world, zone);
    else comeBack(world, zone);
  }
};

const meanwhile = (world: World, explorer: Explorer): void => {
  for (const zone of DATA_ZONES) boot(world, explorer, zone);
  for (const zone of DATA_ZONES) replicate(world, zone);
  for (const zone of DATA_ZONES) {
    if (isAlive(world, zone)) world.servers[zone].settling = false;
    acknowledgeAll(world, explorer, zone);
  }
};

/** Runs every controller to its end. False: they stand still, or never end. */
const runAll = (world: World, explorer: Explorer): boolean => {
  for (let step = 0; step < STEPS_A_ROUND; step += 1) {
    if (world.processes.length === 0) return true;
    meanwhile(world, explorer);
    const moved = world.processes.some((process) => perform(world, explorer, process) !== 'blocked');
    tidy(world, explorer);
    if (!moved) return false;
  }
  return false;
};

/** A write by a client of the seat's writer is acknowledged and held. */
const serves = (world: World, explorer: Explorer): boolean => {
  const writer = seatOfId(world.seat).writer === 'az-b' ? 'az-b' : 'az-a';
  const server = world.servers[writer];
  if (!isAlive(world, writer) || server.inRecovery || server.readOnly) return false;
  const bit = 32;
  server.history |= bit;
  server.waiting |= bit;
  meanwhile(world, explorer);
  return (world.acked & bit) !== 0;
};

const describe = ({ kind, phase, epoch }: Operation): string => `${kind}, ${phase}, epoch ${epoch}`;

const faultIn = (world: World, explorer: Explorer, away: DataZone | null): string | null => {
  const { operation, writer, eligible } = seatOfId(world.seat);
  if (operation !== null) return `the seat stays held: ${describe(operation)}`;
  if (world.traffic !== writer) return `traffic goes to ${world.traffic}, and ${writer} is the writer`;
  if (!serves(world, explorer)) return `${writer} is the writer, and takes no write`;
  return eligible === null && away === null
    ? `the other zone does not become the standby of ${writer} again`
    : null;
};

const controllerFor = (world: World): string =>
  seatOfId(world.seat).operation === null ? 'probe-zone' : RECONCILE_STUCK;

/** What a person sees who looks: the newest primary. */
const newestPrimary = (world: World): DataZone | null => {
  const age = ({ fenceEpoch, timeline }: Server): number => fenceEpoch * 100 + timeline;
  const primaries = DATA_ZONES.filter((zone) => isAlive(world, zone) && !world.servers[zone].inRecovery);
  return primaries.sort((one, other) => age(world.servers[other]) - age(world.servers[one]))[0] ?? null;
};

/** A restored seat is mended by itself where every zone answers, else by somebody's word. */
const reseatIfBehind = (world: World, explorer: Explorer): boolean => {
  for (const word of [null, newestPrimary(world)]) {
    if (epochAhead(world) === 0) return true;
    summon(world, explorer, RESEAT, word);
    if (!runAll(world, explorer)) return false;
  }
  return true;
};

/** What a person does when the writer is lost for good, and nobody may be promoted without them. */
const acceptLoss = (world: World, explorer: Explorer, to: DataZone): boolean => {
  const input = byHand({ to, mode: 'emergency', acceptLossSeconds: 60, overrideCooldown: true });
  startExecution(world, explorer, { machine: 'failover', name: 'way-out', input });
  tidy(world, explorer);
  return runAll(world, explorer);
};

/**
 * Docs/model.md: a new writer that is lost for good is waited for past the point of no return, and as long as the old one
 * has not become its standby.
 */
const isWaitedFor = (world: World, away: DataZone): boolean => {
  const { operation, writer } = seatOfId(world.seat);
  if (operation !== null) return operation.phase === 'admitted' && operation.to === away;
  return writer === away && !world.servers[otherZone(away)].inRecovery;
};

const STANDS_STILL = 'a controller stands still for ever';

const settleDown = (world: World, explorer: Explorer, away: DataZone | null): string | null => {
  let last = -1;
  for (let round = 0; round < ROUNDS && last !== world.seat; round += 1) {
    last = world.seat;
    meanwhile(world, explorer);
    lookAgain(world, 1);
    if (!reseatIfBehind(world, explorer)) return STANDS_STILL;
    lookAgain(world, 1);
    summon(world, explorer, controllerFor(world), null);
    if (!runAll(world, explorer)) return STANDS_STILL;
  }
  if (away !== null && isWaitedFor(world, away)) return null;
  const { operation, writer } = seatOfId(world.seat);
  if (operation === null && writer === away && !acceptLoss(world, explorer, otherZone(away)))
    return STANDS_STILL;
  return faultIn(world, explorer, away);
};

const calmed = (world: World, away: DataZone | null): World => {
  const calm = draftOf(world);
  const seat = seatOfId(world.seat);
  calm.seat = seatIdOf({ ...seat, cooldownUntilMs: 0 });
  const looked = { ...calm.looked, rounds: calm.looked.rounds.map(() => 100) };
  Object.assign(calm, { processes: [], broken: [], looked, record: 0, asked: false });
  for (const name of BUDGETS) calm.budget[name] = 0;
  heal(calm, away);
  return calm;
};

/** The one zone that may never come back. */
const lostZone = (world: World): DataZone | null => {
  const lost = DATA_ZONES.filter((zone) => world.zones[zone] !== 'well');
  return lost.length === 1 && epochAhead(world) === 0 ? (lost[0] ?? null) : null;
};

export interface Unsettled {
  readonly invariant: 'S1 AlwaysSettles' | 'S2 WayOut';
  readonly sentence: string;
}
export type CalmCheck = (world: World, keyOfCalm: (world: World) => string) => Unsettled | null;

/** Remembers what it has worked out. @throws Missing */
export const createCalmCheck = (explorer: Explorer): CalmCheck => {
  const known = new Map<string, string | null>();
  const settled = (calm: World, key: string, away: DataZone | null): string | null => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const fault = settleDown(calm, explorer, away);
    const broken = calm.broken[0];
    const verdict = broken === undefined ? fault : `on the way to calm, ${broken}`;
    known.set(key, verdict);
    return verdict;
  };
  return (world, keyOfCalm) => {
    const calm = calmed(world, null);
    const sentence = settled(calm, keyOfCalm(calm), null);
    if (sentence !== null) return { invariant: 'S1 AlwaysSettles', sentence };
    const away = lostZone(world);
    if (away === null) return null;
    const without = calmed(world, away);
    const lost = settled(without, keyOfCalm(without), away);
    return lost === null ? null : { invariant: 'S2 WayOut', sentence: `${away} is lost for good: ${lost}` };
  };
};

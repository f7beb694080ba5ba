import type { Explorer } from './explorer';
import { acknowledgeAll } from './clients';
import { perform, summon } from './controllers';
import { boot, comeBack } from './hosts';
import { RECONCILE_STUCK, RESEAT } from './lambdas';
import { epochAhead, lookAgain } from './looking';
import { isAlive, replicate } from './replication';
import { seatIdOf, seatOfId } from './seats';
import { tidy } from './tidy';
import type { DataZone, Server, World } from './world';
import { BUDGETS, DATA_ZONES, draftOf } from './world';

/** What becomes of a state when faults stop: the shipped controllers run undisturbed, and must set all right. */

const ROUNDS = 14;
const STEPS_A_ROUND = 400;

const heal = (world: World): void => {
  world.witnessC = 'well';
  world.linkCut = false;
  for (const zone of DATA_ZONES) {
    // A machine whose PostgreSQL was killed or stopped is started again by whoever looks after it: its boot decides.
    comeBack(world, zone);
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

const faultIn = (world: World, explorer: Explorer): string | null => {
  const { operation, writer, eligible } = seatOfId(world.seat);
  if (operation !== null)
    return `the seat stays held: ${operation.kind}, ${operation.phase}, epoch ${operation.epoch}`;
  if (world.traffic !== writer) return `traffic goes to ${world.traffic}, and ${writer} is the writer`;
  if (!serves(world, explorer)) return `${writer} is the writer, and takes no write`;
  return eligible === null ? `the other zone does not become the standby of ${writer} again` : null;
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

const settleDown = (world: World, explorer: Explorer): string | null => {
  let last = -1;
  for (let round = 0; round < ROUNDS && last !== world.seat; round += 1) {
    last = world.seat;
    meanwhile(world, explorer);
    lookAgain(world, 1);
    if (!reseatIfBehind(world, explorer)) return 'a controller stands still for ever';
    lookAgain(world, 1);
    summon(world, explorer, controllerFor(world), null);
    if (!runAll(world, explorer)) return 'a controller stands still for ever';
  }
  return faultIn(world, explorer);
};

const calmed = (world: World): World => {
  const calm = draftOf(world);
  const seat = seatOfId(world.seat);
  calm.seat = seatIdOf({ ...seat, cooldownUntilMs: 0 });
  const looked = { ...calm.looked, rounds: calm.looked.rounds.map(() => 100) };
  Object.assign(calm, { processes: [], broken: [], looked, record: 0, asked: false });
  for (const name of BUDGETS) calm.budget[name] = 0;
  heal(calm);
  return calm;
};

export type CalmCheck = (world: World, keyOfCalm: (world: World) => string) => string | null;

/** Remembers what it has worked out. @throws Missing */
export const createCalmCheck = (explorer: Explorer): CalmCheck => {
  const known = new Map<string, string | null>();
  return (world, keyOfCalm) => {
    const calm = calmed(world);
    const key = keyOfCalm(calm);
    const found = known.get(key);
    if (found !== undefined) return found;
    const fault = settleDown(calm, explorer);
    const broken = calm.broken[0];
    const verdict = broken === undefined ? fault : `on the way to calm, ${broken}`;
    known.set(key, verdict);
    return verdict;
  };
};

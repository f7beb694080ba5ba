import { boot, comeBack, dieIn } from './hosts';
import { aheadOf, epochAhead, gridOf, lookAgain } from './looking';
import { endSessionsIn } from './postgres';
import { isAlive, replicate } from './replication';
import { seatIdOf, seatOfId } from './seats';
import type { Act } from './clients';
import type { Explorer } from './explorer';
import type { BudgetName, DataZone, World } from './world';
import { DATA_ZONES, spend } from './world';

/** What happens by itself: replication, faults and their end, rounds of the witnesses, time. */

const paid = (budget: BudgetName, act: (world: World) => boolean): Act['act'] => {
  return (world) => {
    if (world.budget[budget] === 0 || !act(world)) return false;
    return spend(world, budget);
  };
};

const hit =
  (zone: DataZone, condition: 'frozen' | 'cut') =>
  (world: World): boolean => {
    if (world.zones[zone] !== 'well') return false;
    world.zones[zone] = condition;
    return true;
  };

const die =
  (zone: DataZone) =>
  (world: World): boolean => {
    if (world.zones[zone] === 'dead') return false;
    dieIn(world, zone);
    return true;
  };

const crashStore =
  (zone: DataZone) =>
  (world: World): boolean => {
    if (!world.servers[zone].running || world.zones[zone] !== 'well') return false;
    Object.assign(world.servers[zone], { running: false, waiting: 0 });
    endSessionsIn(world, zone);
    return true;
  };

const cutLink = (world: World): boolean => {
  if (world.linkCut) return false;
  world.linkCut = true;
  return true;
};

const witness =
  (condition: World['witnessC']) =>
  (world: World): boolean => {
    if (world.witnessC !== 'well') return false;
    world.witnessC = condition;
    return true;
  };

/** Each fault by its name; a space says which of them it has. */
export const FAULTS = {
  'az-a dies': die('az-a'),
  'az-b dies': die('az-b'),
  'az-a freezes': hit('az-a', 'frozen'),
  'az-b freezes': hit('az-b', 'frozen'),
  'az-a is cut off': hit('az-a', 'cut'),
  'az-b is cut off': hit('az-b', 'cut'),
  'PostgreSQL in az-a is killed': crashStore('az-a'),
  'PostgreSQL in az-b is killed': crashStore('az-b'),
  'az-a and az-b lose each other': cutLink,
  "az-c's witness is cut off from all zones": witness('blind'),
  "az-c's witness runs late": witness('stalled'),
  "az-c's witness falls silent": witness('silent'),
} as const satisfies Record<string, (world: World) => boolean>;
export type FaultName = keyof typeof FAULTS;

export const faultActs = (names: readonly FaultName[]): readonly Act[] =>
  names.map((name) => ({
    say: name,
    // Docs/model.md: a zone lost in the seconds between a restore of the table and the reseat is not explored.
    act: paid('faults', (world) => epochAhead(world) === 0 && FAULTS[name](world)),
  }));

const returnOf = (zone: DataZone): Act => ({
  say: `${zone} is back`,
  act: (world) => {
    if (world.zones[zone] === 'well' || !spend(world, 'returns')) return false;
    if (world.zones[zone] === 'dead') comeBack(world, zone);
    else world.zones[zone] = 'well';
    return true;
  },
});

const linkBack = (world: World): boolean => {
  if (!world.linkCut) return false;
  world.linkCut = false;
  return true;
};

const look =
  (rounds: number) =>
  (world: World): boolean => {
    const isNews = gridOf(world) !== world.looked.grid || world.record !== 0 || world.processes.length > 0;
    if (isNews) lookAgain(world, rounds);
    return isNews;
  };

/** More rounds than a claim's evidence may be behind. */
const LEAP_ROUNDS = 25;

/** Only who claims asks for it, so it makes no difference in which instant of a running operation it passes. */
const endCooldown = (world: World): boolean => {
  const seat = seatOfId(world.seat);
  if (seat.cooldownUntilMs === 0 || seat.operation !== null) return false;
  world.seat = seatIdOf({ ...seat, cooldownUntilMs: 0 });
  return true;
};

/**
 * The witnesses never stop: the first to read the restored seat has just looked at the engines. Docs/model.md: a restore
 * while the newest epoch is in force only where nobody reaches it is not explored.
 */
const restoreTable = (world: World): boolean => {
  if (world.savedSeat < 0 || world.seat === world.savedSeat) return false;
  const restored = { ...world, seat: world.savedSeat };
  if (aheadOf(restored) !== epochAhead(restored)) return false;
  Object.assign(world, { seat: world.savedSeat, record: 0, asked: false });
  lookAgain(world, 1);
  return true;
};

const settle = (world: World, zone: DataZone): boolean => {
  const server = world.servers[zone];
  if (!server.settling || !isAlive(world, zone)) return false;
  server.settling = false;
  return true;
};

export const SURROUNDINGS_ACTS: readonly Act[] = [
  ...DATA_ZONES.flatMap((zone) => [
    { say: `${zone} receives what its upstream has`, act: (world: World) => replicate(world, zone) },
    {
      say: `the checkpointer in ${zone} takes the sync setting`,
      act: (world: World) => settle(world, zone),
    },
    returnOf(zone),
    {
      say: `the host in ${zone} looks at the seat and boots`,
      act: (world: World, explorer: Explorer) => boot(world, explorer, zone),
    },
  ]),
  { say: 'az-a and az-b see each other again', act: paid('returns', linkBack) },
  { say: 'the witnesses write a new round', act: paid('looks', look(1)) },
  { say: 'the witnesses have gone on for many rounds', act: paid('leaps', look(LEAP_ROUNDS)) },
  { say: 'the cooldown passes', act: paid('cooldowns', endCooldown) },
  { say: 'the state table is restored from its backup', act: paid('restores', restoreTable) },
];

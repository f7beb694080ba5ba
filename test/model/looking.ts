import type { Observation } from '../../lib/domain/observation';
import type { ZoneId } from '../../lib/domain/topology';
import { observationOf, replicationWith, WITNESSES } from '../domain/decision/world';
import { lookIdOf } from './looks';
import { isStreaming } from './replication';
import { seatOfId } from './seats';
import type { DataZone, Looked, World } from './world';
import { DATA_ZONES, otherZone } from './world';

/**
 * What the witnesses see of a world, as a grid of the decision tests: a row each, a letter a target. Judging over time
 * (thresholds, bursts) is the decision tests' matter: here what does not answer is confirmed, and what does is steady.
 */

/** Whether packets of someone in `from` reach the zone and come back. */
export const reaches = (world: World, from: ZoneId, zone: DataZone): boolean => {
  if (from === zone) return true;
  const open = world.zones[zone] !== 'cut' && world.zones[zone] !== 'dead' && world.zones[zone] !== 'frozen';
  if (from === 'az-c') return open && world.witnessC !== 'blind';
  if (from !== 'az-a' && from !== 'az-b') return open;
  return open && world.zones[from] === 'well' && !world.linkCut;
};

const storeLetter = (world: World, from: ZoneId, zone: DataZone): string => {
  const server = world.servers[zone];
  if (!reaches(world, from, zone) || !server.running) return 'F';
  const lacks = !server.inRecovery && server.syncName !== '' && !isStreaming(world, otherZone(zone));
  return lacks ? 's' : 'o';
};

const columnsOf = (world: World, from: ZoneId): string =>
  DATA_ZONES.map((zone) => {
    const machine = reaches(world, from, zone) ? 'o' : 'F';
    return from === 'region' ? `.${machine}.` : `${storeLetter(world, from, zone)}${machine}${machine}`;
  }).join('');

const peerLetter = (world: World, from: ZoneId): string => {
  if (from === 'az-c' || from === 'region') return '.';
  return world.witnessC === 'blind' ? 'F' : 'o';
};

const rowOf = (world: World, from: ZoneId): string => {
  const isSilent =
    from === 'az-a' || from === 'az-b'
      ? world.zones[from] !== 'well'
      : from === 'az-c' && world.witnessC === 'silent';
  if (isSilent) return '-';
  const row = `${columnsOf(world, from)}${peerLetter(world, from)}`;
  // Its timers ran late in the very probes of az-a: those are unknown, not failed.
  return from === 'az-c' && world.witnessC === 'stalled' ? `uuu${row.slice(3)}` : row;
};

export const gridOf = (world: World): string => WITNESSES.map((witness) => rowOf(world, witness)).join('/');

/** Zones whose PostgreSQL in truth answers nobody outside. */
export const truthOf = (world: World): string =>
  DATA_ZONES.filter((zone) => world.zones[zone] !== 'well' || !world.servers[zone].running).join();

/** The newest epoch in force anywhere, when a restore of the table has left the seat behind it; else 0. */
export const epochAhead = (world: World): number => {
  const newest = Math.max(...DATA_ZONES.map((zone) => world.servers[zone].fenceEpoch));
  return newest > seatOfId(world.seat).epoch ? newest : 0;
};

/** As far as some witness reaches. */
export const aheadOf = (world: World): number => {
  const seen = DATA_ZONES.filter((zone) => world.servers[zone].running && reaches(world, 'az-c', zone));
  const newest = Math.max(0, ...seen.map((zone) => world.servers[zone].fenceEpoch));
  return newest > seatOfId(world.seat).epoch ? newest : 0;
};

// A beacon in each store that answers: without one a person's waiver could never be used (I3).
const withViews = (observation: Observation, ahead: number): Observation => ({
  ...observation,
  targets: observation.targets.map((target) =>
    target.kind === 'postgres' && target.latest.state === 'ok'
      ? {
          ...target,
          latest: {
            ...target.latest,
            replication: replicationWith(ahead === 0 ? {} : { fenceEpoch: ahead }),
          },
        }
      : target,
  ),
});

const observed = new Map<string, readonly Observation[]>();

/** The items that the state store holds; a witness that is silent now left an old one, which is stale. */
export const observationsOf = (looked: Looked, see: (grid: string) => string): readonly Observation[] => {
  const { rounds, grid: real, truth, ahead } = looked;
  const grid = see(real);
  const key = `${grid} ${real} ${truth} ${rounds.join()} ${ahead}`;
  const known = observed.get(key);
  if (known !== undefined) return known;
  const rows = grid.split('/');
  const atMs = lookIdOf({ grid: real, truth });
  const made = WITNESSES.flatMap((witness, index) => {
    const row = rows[index] ?? '-';
    return row === '-'
      ? []
      : [{ ...withViews(observationOf(witness, [...row], rounds[index]), ahead), atMs }];
  });
  observed.set(key, made);
  return made;
};

/** Everyone who can writes a new round, `rounds` further on. */
export const lookAgain = (world: World, rounds: number): void => {
  const grid = gridOf(world);
  const rows = grid.split('/');
  const newRounds = world.looked.rounds.map((round, index) => (rows[index] === '-' ? round : round + rounds));
  world.looked = { grid, rounds: newRounds, truth: truthOf(world), ahead: aheadOf(world) };
};

import { checkAcknowledgement } from './invariants-of-steps';
import { isAlive, mayAcknowledge } from './replication';
import type { Explorer } from './explorer';
import type { DataZone, World } from './world';
import { DATA_ZONES, spend } from './world';

/** Clients of both zones, cut-off ones included: they write wherever somebody takes it. */

export interface Act {
  readonly say: string;
  /** Changes the draft; false: it cannot happen now. */
  readonly act: (world: World, explorer: Explorer) => boolean;
}

const write = (world: World, zone: DataZone): boolean => {
  const server = world.servers[zone];
  if (!isAlive(world, zone) || server.inRecovery || server.readOnly || !spend(world, 'writes')) return false;
  const bit = 1 << world.written;
  server.history |= bit;
  server.waiting |= bit;
  world.written += 1;
  return true;
};

const acknowledge = (world: World, zone: DataZone, bit: number): void => {
  world.servers[zone].waiting &= ~bit;
  world.acked |= bit;
  // Whoever accepted that this writer could not be stopped accepted what it still acknowledges (§3b.7).
  if (world.unfenced === zone) world.waived |= bit;
  checkAcknowledgement(world, zone, bit);
};

const bitsOf = (mask: number): readonly number[] => [1, 2, 4, 8, 16, 32].filter((bit) => (mask & bit) !== 0);

/** All that may return, returns: which of them first makes no difference to any invariant. */
export const acknowledgeAll = (world: World, { rules }: Explorer, zone: DataZone): boolean => {
  if (!isAlive(world, zone)) return false;
  const anyName = rules.flaws.has('standby-name-is-any');
  const ready = bitsOf(world.servers[zone].waiting).filter((bit) =>
    mayAcknowledge(world, zone, bit, anyName),
  );
  ready.forEach((bit) => acknowledge(world, zone, bit));
  return ready.length > 0;
};

/** §3b.8: its connection was ended while it waited; it asks again with the same key. */
const retry = (world: World, { rules }: Explorer, zone: DataZone): boolean => {
  const server = world.servers[zone];
  const [bit] = bitsOf(server.history & ~server.waiting & ~world.acked);
  if (bit === undefined || !isAlive(world, zone) || server.inRecovery || server.readOnly) return false;
  if (!spend(world, 'retries')) return false;
  if (rules.flaws.has('retry-acknowledges-phantom')) acknowledge(world, zone, bit);
  // An insert that finds its row commits a new WAL record, so it waits as a first write does.
  else server.waiting |= bit;
  return true;
};

export const CLIENT_ACTS: readonly Act[] = DATA_ZONES.flatMap((zone) => [
  { say: `a client writes in ${zone}`, act: (world) => write(world, zone) },
  {
    say: `${zone} acknowledges what it may`,
    act: (world, explorer) => acknowledgeAll(world, explorer, zone),
  },
  {
    say: `a client in ${zone} retries a write whose connection was ended`,
    act: (world, explorer) => retry(world, explorer, zone),
  },
]);

import { epochAhead } from './looking';
import { holdsAll } from './replication';
import { seatOfId } from './seats';
import type { Explorer } from './explorer';
import type { World } from './world';
import { otherZone } from './world';

/** Invariants of a state; those of a step are in invariants-of-steps.ts. A sentence says what is wrong; null: nothing. */
export interface Invariant {
  readonly name: string;
  readonly holds: (world: World, explorer: Explorer) => string | null;
}

/** A restored seat says nothing until it follows the engines again: what is asked of it then is that nobody acts on it (I4). */
const ofPresentSeat = (invariant: Invariant): Invariant => ({
  ...invariant,
  holds: (world, explorer) => (epochAhead(world) > 0 ? null : invariant.holds(world, explorer)),
});

const zoneOf = (zone: string) => (zone === 'az-b' ? 'az-b' : 'az-a');

/** While somebody is called eligible, they have every write that was acknowledged. */
const eligibleHoldsAll: Invariant = {
  name: 'I2 NoAckedLoss',
  holds: (world) => {
    const { eligible } = seatOfId(world.seat);
    if (eligible === null) return null;
    const isComplete = holdsAll(world.servers[zoneOf(eligible)], world.acked & ~world.waived);
    return isComplete ? null : `${eligible} is called eligible and lacks acknowledged writes`;
  },
};

/** When nothing is being switched, the writer has every write that was acknowledged. */
const writerHoldsAll: Invariant = {
  name: 'I2 NoAckedLoss',
  holds: (world) => {
    const { writer, operation } = seatOfId(world.seat);
    if (operation !== null && operation.phase !== 'admitted') return null;
    const isComplete = holdsAll(world.servers[zoneOf(writer)], world.acked & ~world.waived);
    return isComplete ? null : `${writer} is the writer and lacks acknowledged writes`;
  },
};

/** The other half of I8: who is called eligible is waited for, is a standby, and no gate is closed before it. */
const eligibleIsWaitedFor: Invariant = {
  name: 'I8 DegradeBeforeAck',
  holds: (world) => {
    const { writer, eligible, operation } = seatOfId(world.seat);
    if (eligible === null || operation !== null) return null;
    const { syncName, settling } = world.servers[zoneOf(writer)];
    if (!syncName.startsWith(`${eligible}-e`) || settling)
      return `${eligible} is called eligible, and ${writer} waits for "${syncName}"${settling ? ' not yet' : ''}`;
    return world.servers[zoneOf(eligible)].inRecovery
      ? null
      : `${eligible} is called eligible and was promoted`;
  },
};

/** I5: one execution carries the operation that holds the seat. */
const oneCarrier: Invariant = {
  name: 'I5 OneAtATime',
  holds: (world, { machines }) => {
    const { operation } = seatOfId(world.seat);
    const carriers = world.processes.filter(({ kind, place }) => {
      if (kind !== 'task') return false;
      const { data } = machines.at(place);
      return (data['operation'] as { readonly epoch: number } | undefined)?.epoch === operation?.epoch;
    });
    const names = new Set(carriers.map(({ execution }) => execution));
    return operation !== null && names.size > 1
      ? `${[...names].join(' and ')} carry epoch ${operation.epoch}`
      : null;
  },
};

/** I1, as a state: two servers that admit writes, of which the older one waits for nobody. */
const oneOpenWriter: Invariant = {
  name: 'I1 OneWriter',
  holds: (world) => {
    for (const zone of ['az-a', 'az-b'] as const) {
      const [mine, theirs] = [world.servers[zone], world.servers[otherZone(zone)]];
      const bothOpen = [mine, theirs].every(
        (server) => server.running && !server.inRecovery && !server.readOnly,
      );
      if (bothOpen && mine.timeline < theirs.timeline && mine.syncName === '' && world.unfenced !== zone)
        return `${zone} could acknowledge alone beside the newer writer in ${otherZone(zone)}`;
    }
    return null;
  },
};

export const STATE_INVARIANTS: readonly Invariant[] = [
  ofPresentSeat(eligibleHoldsAll),
  ofPresentSeat(writerHoldsAll),
  ofPresentSeat(eligibleIsWaitedFor),
  oneCarrier,
  oneOpenWriter,
];

/** Every invariant by name, with what it says: for the report. */
export const INVARIANTS: Readonly<Record<string, string>> = {
  'I1 OneWriter': 'after a promotion nobody acknowledges a write that the new writer lacks, and nobody could',
  'I2 NoAckedLoss': 'the eligible standby, and the writer, hold every acknowledged write',
  'I3 RpoGuard': 'nothing is claimed or promoted with a loss that nobody accepted on record',
  'I4 EpochOnlyGrows':
    'epochs grow; where an effect acts, nothing newer is in force; nothing is claimed on a restored seat',
  'I5 OneAtATime': 'one operation, one execution that carries it, and only it changes the seat',
  'I6 CooldownFromEnd': 'a cooldown begins when a failover ends, and nothing starts by itself inside it',
  'I7 WayBack':
    'admitted only past the point of no return, never undone after it, never back into a dead zone',
  'I8 DegradeBeforeAck':
    'nobody acknowledges alone while a standby is called eligible; it is truly waited for',
  'I9 UnknownIsNotFailed': 'a claim rests on fresh rounds in which the accused truly did not answer',
  'I10 QuorumOrHold': 'two voters at least, one outside both data zones',
  'I11 DrillYields': 'only an unexpired drill of that zone claims as a drill',
  'S1 AlwaysSettles':
    'from every state without a live controller: faults over, the seat frees itself, one writer serves, the standby comes back',
  'S2 WayOut':
    'and when the one zone that is away never comes back: the seat frees itself all the same, and the other zone serves, by a person who accepts the loss if it must be',
};

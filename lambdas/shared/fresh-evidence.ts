import type { Snapshot } from '../../lib/domain/decision/snapshot';
import type { Observation } from '../../lib/domain/observation';
import type { WitnessId } from '../../lib/domain/topology';
import { witnessesOf } from '../../lib/domain/topology';
import { pollUntil } from './poll';
import type { Ports } from './ports';
import { askTimeoutMs, waitForRoundsMs } from '../../lib/domain/health/round-times';
import { readSeat } from './seat-access';

const POLL_MS = 25;

const roundOf = (observation: Observation): string => `${observation.runId}/${observation.round}`;

/** Those whose round changed since `before`: fresh on this reader's own clock (§3b.10). */
const movedSince = (before: readonly Observation[], now: readonly Observation[]): readonly Observation[] => {
  const seen = new Map(before.map((entry) => [entry.witness, roundOf(entry)]));
  return now.filter((entry) => seen.get(entry.witness) !== roundOf(entry));
};

/**
 * One fresh round of every witness: from the store while they loop. When too few do, the others are asked themselves;
 * a few silent ones are left out, since waiting for a dead zone's witness would only delay a person.
 */
const freshObservations = async (ports: Ports): Promise<readonly Observation[]> => {
  const { policy } = ports.topology;
  const everyone = witnessesOf(ports.topology);
  const before = await ports.store.readObservations();
  let fresh: readonly Observation[] = [];
  await pollUntil(ports.clock, { deadlineMs: waitForRoundsMs(policy), everyMs: POLL_MS }, async () => {
    fresh = movedSince(before, await ports.store.readObservations());
    return fresh.length === everyone.length ? fresh : undefined;
  });
  if (fresh.length * 2 > everyone.length) return fresh;
  const heard = new Set(fresh.map(({ witness }) => witness));
  const silent = everyone.filter((witness) => !heard.has(witness));
  return [...fresh, ...(await ports.witnesses.freshRound(silent, askTimeoutMs(policy)))];
};

const snapshotOf = async (ports: Ports, observations: readonly Observation[]): Promise<Snapshot> => {
  const ages = observations.map((entry): [WitnessId, number] => [entry.witness, 0]);
  return {
    topology: ports.topology,
    policyVersion: ports.policyVersion,
    seat: await readSeat(ports),
    observations,
    ageMs: Object.fromEntries(ages),
    nowMs: await ports.store.nowMs(),
    decidedBy: null,
  };
};

/** For whoever has no loop of its own: a person's start, an alarm's intake. */
export const freshSnapshot = async (ports: Ports): Promise<Snapshot> =>
  snapshotOf(ports, await freshObservations(ports));

import type { Snapshot } from '../../lib/domain/decision/snapshot';
import type { Observation } from '../../lib/domain/observation';
import type { WitnessId } from '../../lib/domain/topology';
import { witnessesOf } from '../../lib/domain/topology';
import { pollUntil } from './poll';
import type { Ports } from './ports';
import { readSeat } from './seat-access';

const ASK_TIMEOUT_MS = 5_000;
const POLL_MS = 25;
const ROUNDS_TO_WAIT = 3;

const roundOf = (observation: Observation): string => `${observation.runId}/${observation.round}`;

/** Those whose round changed since `before`: fresh on this reader's own clock (§3b.10). */
const movedSince = (before: readonly Observation[], now: readonly Observation[]): readonly Observation[] => {
  const seen = new Map(before.map((entry) => [entry.witness, roundOf(entry)]));
  return now.filter((entry) => seen.get(entry.witness) !== roundOf(entry));
};

/** One fresh round of every witness: from the store while they loop, else by asking them. Silent ones are left out. */
const freshObservations = async (ports: Ports): Promise<readonly Observation[]> => {
  const everyone = witnessesOf(ports.topology);
  const before = await ports.store.readObservations();
  const { checkIntervalMs, probeTimeoutMs } = ports.topology.policy;
  const deadlineMs = (checkIntervalMs + probeTimeoutMs) * ROUNDS_TO_WAIT;
  let fresh: readonly Observation[] = [];
  await pollUntil(ports.clock, { deadlineMs, everyMs: POLL_MS }, async () => {
    fresh = movedSince(before, await ports.store.readObservations());
    return fresh.length === everyone.length ? fresh : undefined;
  });
  if (fresh.length > 0) return fresh;
  return ports.witnesses.freshRound(everyone, ASK_TIMEOUT_MS);
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

import type { Observation } from '../../lib/domain/observation';
import type { WitnessId } from '../../lib/domain/topology';
import { pollUntil } from '../shared/poll';
import type { Ports } from '../shared/ports';
import { waitForLoopMs } from '../../lib/domain/health/round-times';
import { openMemory } from './probe-zone';
import { runRound } from './round';

const POLL_MS = 20;

const ownObservation = async (ports: Ports, witness: WitnessId): Promise<Observation | undefined> =>
  (await ports.store.readObservations()).find((entry) => entry.witness === witness);

/**
 * The loop of this witness, if one runs, has newer rounds than any that could be started here. One that shows no
 * newer round for as long as its slowest takes is dead, or too slow for whoever asks.
 */
const fromLivingLoop = async (ports: Ports, witness: WitnessId): Promise<Observation | undefined> => {
  const before = await ownObservation(ports, witness);
  const deadlineMs = waitForLoopMs(ports.topology.policy);
  return pollUntil(ports.clock, { deadlineMs, everyMs: POLL_MS }, async () => {
    const own = await ownObservation(ports, witness);
    return own !== undefined && own.round > (before?.round ?? 0) ? own : undefined;
  });
};

const isSettled = (observation: Observation): boolean =>
  observation.targets.every((target) => target.consecutiveFailed === 0 || target.confirmed);

/**
 * One fresh opinion, for an intake: rounds until every target either answered or failed the threshold and the
 * confirming burst. Leaves a loop that is running alone.
 */
export const freshRound = async (ports: Ports, witness: WitnessId): Promise<Observation> => {
  const living = await fromLivingLoop(ports, witness);
  if (living !== undefined) return living;
  const memory = await openMemory(ports, witness);
  let observation = await runRound(ports, memory);
  for (let round = 1; round < ports.topology.policy.failureThreshold && !isSettled(observation); round += 1)
    observation = await runRound(ports, memory);
  await ports.store.writeObservation(observation, { takesOver: true });
  return observation;
};

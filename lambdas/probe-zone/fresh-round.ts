import type { Observation } from '../../lib/domain/observation';
import type { WitnessId } from '../../lib/domain/topology';
import { pollUntil } from '../shared/poll';
import type { Ports } from '../shared/ports';
import { openMemory } from './probe-zone';
import type { WitnessMemory } from './round';
import { runRound } from './round';

const POLL_MS = 20;

/**
 * The loop of this witness, if one runs, has newer rounds than any that could be started here. One that shows no
 * newer round for as long as makes an observation stale is dead.
 */
const fromLivingLoop = async (ports: Ports, memory: WitnessMemory): Promise<Observation | undefined> => {
  const deadlineMs = ports.topology.policy.staleAfterMs;
  return pollUntil(ports.clock, { deadlineMs, everyMs: POLL_MS }, async () => {
    const own = (await ports.store.readObservations()).find((entry) => entry.witness === memory.witness);
    return own !== undefined && own.round > memory.round ? own : undefined;
  });
};

const isSettled = (observation: Observation): boolean =>
  observation.targets.every((target) => target.consecutiveFailed === 0 || target.confirmed);

/**
 * One fresh opinion, for an intake: rounds until every target either answered or failed the threshold and the
 * confirming burst. Leaves a loop that is running alone.
 */
export const freshRound = async (ports: Ports, witness: WitnessId): Promise<Observation> => {
  const memory = await openMemory(ports, witness);
  const living = await fromLivingLoop(ports, memory);
  if (living !== undefined) return living;
  let observation = await runRound(ports, memory);
  for (let round = 1; round < ports.topology.policy.failureThreshold && !isSettled(observation); round += 1)
    observation = await runRound(ports, memory);
  await ports.store.writeObservation(observation, { takesOver: true });
  return observation;
};

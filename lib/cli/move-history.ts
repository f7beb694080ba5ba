import type { PastMove } from '../domain/plan/move-plan';
import { movesWriter } from '../domain/protocol/seat';
import type { StateStore } from '../ports/state-store';

/** Every degrade and rejoin takes an epoch too: about six epochs for two moves. */
const EPOCHS_BACK = 60;
const MOVES = 10;
const AT_ONCE = 10;

type Reads = Pick<StateStore, 'readDecision' | 'readSteps'>;

const moveIn = async (store: Reads, epoch: number): Promise<readonly PastMove[]> => {
  const record = await store.readDecision(epoch);
  const operation = record?.decision.operation ?? null;
  if (operation === null || !movesWriter(operation.kind)) return [];
  const { mode, stores } = operation;
  return [{ mode, stores, steps: await store.readSteps(epoch) }];
};

/** The newest moves on record before this epoch, newest first: at most ten, of the last sixty epochs. */
export const pastMoves = async (store: Reads, before: number): Promise<readonly PastMove[]> => {
  const oldest = Math.max(1, before - EPOCHS_BACK);
  const found: PastMove[] = [];
  for (let newest = before - 1; newest >= oldest && found.length < MOVES; newest -= AT_ONCE) {
    const epochs = Array.from({ length: AT_ONCE }, (_, at) => newest - at).filter((epoch) => epoch >= oldest);
    found.push(...(await Promise.all(epochs.map((epoch) => moveIn(store, epoch)))).flat());
  }
  return found.slice(0, MOVES);
};

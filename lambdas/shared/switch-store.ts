import { Refused } from '../../lib/domain/errors';
import { Phase, placeOf } from '../../lib/domain/protocol/seat';
import type { Store } from '../../lib/domain/topology';
import { readOperation } from './seat-access';
import type { Detail, StepContext, StepDefinition } from './step';
import { engineOf } from './store-group';

const RACES = 5;

/** The stores of one move commit side by side: who lost the race for the progress number reads again. */
const commitSwitched = async ({ ports, operation }: StepContext, store: Store): Promise<void> => {
  for (let attempt = 1; ; attempt += 1) {
    const { seat: seen } = await readOperation(ports, operation.epoch);
    if (seen.operation.phase !== Phase.switching || placeOf(seen, store).writer === operation.to) return;
    const nowMs = await ports.store.nowMs();
    try {
      await ports.store.apply({
        type: 'switch-writer',
        epoch: operation.epoch,
        seen,
        stores: [store],
        nowMs,
      });
      return;
    } catch (cause) {
      const raced = cause instanceof Refused && cause.code === 'moved-on' && attempt < RACES;
      if (!raced) throw cause;
    }
  }
};

const act = async (store: Store, context: StepContext): Promise<Detail> => {
  const { ports, operation, effect } = context;
  if (!operation.stores.includes(store))
    throw new Refused('not-moved', `the operation of epoch ${operation.epoch} does not move ${store}`);
  await engineOf(ports, store).ensureWriterIn(operation.to, effect);
  await commitSwitched(context, store);
  return { writer: operation.to };
};

/** §3b.2: a promotion is done only once "writer = target, eligible = none" is committed for the store. */
export const switchStore = (store: Store): StepDefinition => ({
  name: `switch-${store}`,
  deadlineMs: 50_000,
  phase: { from: [Phase.fenced, Phase.switching], to: Phase.switching },
  act: (context) => act(store, context),
});

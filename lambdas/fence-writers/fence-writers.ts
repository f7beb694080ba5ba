import { ofStores } from '../../lib/domain/decision/of-stores';
import { Refused } from '../../lib/domain/errors';
import { mayGoUnfenced } from '../../lib/domain/protocol/fence-rule';
import type { Operation, Seat } from '../../lib/domain/protocol/seat';
import { Phase, placeOf } from '../../lib/domain/protocol/seat';
import type { Store } from '../../lib/domain/topology';
import type { FenceReport } from '../../lib/ports/engine';
import { priceBroken } from '../shared/accepted-price';
import type { Detail, StepContext, StepDefinition } from '../shared/step';
import { detailOf, ofEach } from '../shared/store-group';

/**
 * A living writer is fenced in 0.1 s; beside an eligible standby, one that is not is better moved from than waited for.
 * Without one the fence is the host's power, and by SSM that takes seconds.
 */
const LIVING_WRITER_MS = 4_000;
/** Its gate is closed in 0.1 s while the zone answers; a silent one is not waited for, since nothing rests on that fence. */
const UNFENCED_MS = 1_000;

/** The target has all that the old writer acknowledged, and its promotion is the fence; also once it was promoted. */
const isProvenStandby = (seat: Seat, { to, eligibleBefore }: Operation, store: Store): boolean => {
  const { writer, eligible } = placeOf(seat, store);
  return eligible === to || (writer === to && eligibleBefore[store] === to);
};

const fenceOf = (context: StepContext, store: Store): FenceOrder => {
  const { seat, operation, effect } = context;
  const standbyEligible = isProvenStandby(seat, operation, store);
  return {
    options: { mode: operation.mode, standbyEligible },
    effect: standbyEligible ? { ...effect, deadlineMs: patienceMs(operation, store) } : effect,
  };
};

const patienceMs = (operation: Operation, store: Store): number =>
  mayGoUnfenced(store, operation) ? UNFENCED_MS : LIVING_WRITER_MS;

interface FenceOrder {
  readonly options: { readonly mode: Operation['mode']; readonly standbyEligible: boolean };
  readonly effect: StepContext['effect'];
}

const requireFence = ({ operation }: StepContext, store: Store, fence: FenceReport): Detail => {
  const { from, to, acceptLossSeconds, eligibleBefore } = operation;
  const waived = acceptLossSeconds !== null && eligibleBefore[store] !== to;
  if (!fence.holds && !waived && !mayGoUnfenced(store, operation))
    throw new Refused(
      'no-fence',
      `no fence holds against ${from}${ofStores([store])}: ${fence.why}; promoting ${to} could make two writers`,
    );
  return { ...fence, waived: !fence.holds && waived };
};

const act = async (context: StepContext): Promise<Detail> => {
  const { ports, operation } = context;
  const fences = await ofEach(ports, operation.stores, async (engine, store) => {
    const { options, effect } = fenceOf(context, store);
    return requireFence(context, store, await engine.fence(operation.from, options, effect));
  });
  return detailOf(fences);
};

/**
 * Stops the old writer from acknowledging, before anything is promoted. The phase is the registered compensation; a price
 * that is no longer kept is refused before it, while the seat can simply be given back.
 */
export const fenceWriters: StepDefinition = {
  name: 'fence-writers',
  deadlineMs: 15_000,
  phase: { from: [Phase.prepared, Phase.fenced], to: Phase.fenced },
  check: async (ports, operation) => {
    // Delivered again, it may be fenced already: the loss grows no more.
    const broken = operation.phase === Phase.prepared ? await priceBroken(ports, operation) : null;
    if (broken !== null) throw broken;
  },
  act,
};

import { ProbeState } from '../../lib/domain/observation';
import type { Operation, Outcome, OutcomeResult, Phase } from '../../lib/domain/protocol/seat';
import { eachStore } from '../../lib/domain/protocol/seat';
import type { Store, ZoneId } from '../../lib/domain/topology';
import type { Ports } from './ports';
import { readOperation } from './seat-access';
import { probeAll } from './store-group';

/** How an operation ended that did not end by itself. */
export interface Settled {
  readonly result: OutcomeResult;
  readonly reason: string;
  readonly epoch: number;
}

/** Each act of settling may take this long, ms: four of them fit into the Lambda's minute. */
export const UNDO_DEADLINE_MS = 5_000;

type Concerned = Pick<Operation, 'stores'>;

/** All of the operation's stores. */
export const answers = async (ports: Ports, { stores }: Concerned, zone: ZoneId): Promise<boolean> =>
  (await probeAll(ports, stores, zone)) === ProbeState.ok;

/** One of them at least. Not the opposite of `answers`: unknown is neither (I9). */
export const isGone = async (ports: Ports, { stores }: Concerned, zone: ZoneId): Promise<boolean> =>
  (await probeAll(ports, stores, zone)) === ProbeState.failed;

/** §3b.1: a new epoch first, so that whatever the dead operation still does late is refused. */
export const takeOver = async (ports: Ports, seen: Operation, phase: Phase): Promise<Operation> => {
  const nowMs = await ports.store.nowMs();
  const seat = await ports.store.apply({ type: 'take-over', seen, phase, nowMs });
  return (await readOperation(ports, seat.epoch)).operation;
};

export interface Release {
  readonly from: readonly Phase[];
  /** `as-before`: each store's is again the one that was when the claim was made, but for those named. */
  readonly eligible: 'as-before' | 'nobody' | { readonly butFor: readonly Store[] };
  readonly result: OutcomeResult;
  readonly reason: string;
}

const isEligibleAgain = ({ eligible }: Release, store: Store): boolean =>
  typeof eligible === 'string' ? eligible === 'as-before' : !eligible.butFor.includes(store);

/** Gives the seat back to the writer it was taken from; starts no cooldown (§3b.17). */
export const release = async (ports: Ports, operation: Operation, how: Release): Promise<Settled> => {
  const { epoch, kind, stores, from, to, eligibleBefore } = operation;
  const { result, reason } = how;
  const atMs = await ports.store.nowMs();
  const outcome: Outcome = { epoch, kind, stores, result, from, to, reason, atMs };
  const eligible = eachStore<ZoneId | null>(stores, (store) =>
    isEligibleAgain(how, store) ? (eligibleBefore[store] ?? null) : null,
  );
  const { seat: seen } = await readOperation(ports, epoch);
  await ports.store.apply({ type: 'release', epoch, from: how.from, seen, eligible, outcome });
  return { result, reason, epoch };
};

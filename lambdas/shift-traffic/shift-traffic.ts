import type { TrafficGuarded, TrafficShifted } from '../../lib/contract/payload';
import { DeadlineExceeded, GuardBreached } from '../../lib/domain/errors';
import type { Operation } from '../../lib/domain/protocol/seat';
import { OperationMode, Phase } from '../../lib/domain/protocol/seat';
import { dataZones, Store } from '../../lib/domain/topology';
import type { ShiftPolicy } from '../../lib/domain/traffic/shift-policy';
import { firstShare, nextShare } from '../../lib/domain/traffic/shift-policy';
import { trafficOf } from '../../lib/domain/traffic/traffic-of';
import type { Weights } from '../../lib/domain/traffic/weights';
import { allTo, differs, shareOf, sharedBetween, WHOLE } from '../../lib/domain/traffic/weights';
import type { Ports } from '../shared/ports';
import { enterPhase, readSeat, requireHeld } from '../shared/seat-access';
import type { Detail, StepContext, StepDefinition, StepInput } from '../shared/step';

const SHIFT = { name: 'shift-traffic', deadlineMs: 20_000 } as const;

/** What is there is read; a shift reads, changes and reads back, each in its time, and may have to be put right once. */
const CALLS = 7;

/** Whole milliseconds: AbortSignal knows no others. */
const CALL_MS = Math.floor(SHIFT.deadlineMs / CALLS);

const STAYS = 'the traffic stays with PostgreSQL, which does not move';

export interface ShiftInput extends StepInput {
  /** What the guard made of the step before; absent or empty: this is the first one. */
  readonly guarded?: Partial<TrafficGuarded>;
}

/**
 * A shift that arrived after its operation had ended is put right: the traffic follows the seat, not the last call. A seat
 * older than the operation was restored from a backup: nothing is learnt from it.
 */
const requireStillOurs = async (ports: Ports, operation: Operation, wanted: Weights): Promise<void> => {
  const seat = await readSeat(ports);
  const isGone = seat.operation?.epoch !== operation.epoch && seat.epoch >= operation.epoch;
  const belongs = isGone ? trafficOf(seat, dataZones(ports.topology)) : null;
  if (belongs !== null && differs(belongs, wanted)) await ports.traffic.shift(belongs, CALL_MS);
  requireHeld(seat, operation.epoch);
};

const shiftTo = async (
  { ports, operation }: StepContext,
  wanted: Weights,
  share: number,
): Promise<Weights> => {
  // The switch cannot judge epochs itself, so the seat is read right before (by the frame) and after.
  const found = await ports.traffic.shift(wanted, CALL_MS);
  await requireStillOurs(ports, operation, wanted);
  if (differs(wanted, found))
    throw new DeadlineExceeded(
      `traffic reads ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)} at ${share} %`,
    );
  return found;
};

/** All at once, and nobody looks: who is in a hurry, who finishes what was interrupted, whose old zone is gone. */
const inOneStep = async (context: StepContext): Promise<TrafficShifted> => {
  const { ports, operation } = context;
  const wanted = allTo(dataZones(ports.topology), operation.to);
  return { weights: await shiftTo(context, wanted, WHOLE), share: WHOLE, guard: 'no' };
};

const shareFor = async (
  { ports, operation }: StepContext,
  policy: ShiftPolicy,
  { guarded }: ShiftInput,
): Promise<number> =>
  guarded?.share === undefined
    ? firstShare(policy, shareOf(await ports.traffic.current(CALL_MS), operation.to))
    : nextShare(policy, guarded.share);

const oneStepUp = async (context: StepContext, input: ShiftInput): Promise<TrafficShifted> => {
  const { ports, operation } = context;
  const { progressive } = ports.topology.traffic;
  if (progressive === undefined) return inOneStep(context);
  const { from, to, epoch } = operation;
  // Steps take their time: each is progress, or the move would be taken for stuck (§3b.11).
  await enterPhase(ports, epoch, { from: [Phase.admitted], to: Phase.admitted });
  const share = await shareFor(context, progressive, input);
  const wanted = sharedBetween(dataZones(ports.topology), { from, to }, share);
  return { weights: await shiftTo(context, wanted, share), share, guard: 'yes' };
};

const isOfThem = ({ operation }: StepContext): boolean => operation.stores.includes(Store.postgres);
const none: Detail = { weights: null, guard: 'no', why: STAYS };

const act =
  (input: ShiftInput) =>
  async (context: StepContext): Promise<Detail> => {
    if (!isOfThem(context)) return none;
    const { breach } = context.operation;
    if (breach !== undefined) throw new GuardBreached(breach.reason);
    const isGuarded = context.operation.mode === OperationMode.planned && input.guarded?.next !== 'forward';
    return { ...(await (isGuarded ? oneStepUp(context, input) : inOneStep(context))) };
  };

/** One step of a planned move's traffic, all of it in an emergency. */
export const shiftTraffic = (input: ShiftInput): StepDefinition => ({ ...SHIFT, act: act(input) });

/** What is finished after an interruption is in nobody's sight any more: in one step. */
export const shiftAllTraffic: StepDefinition = {
  ...SHIFT,
  act: async (context) => (isOfThem(context) ? { ...(await inOneStep(context)) } : none),
};

import type { TrafficGuarded, TrafficShifted } from '../../lib/contract/payload';
import { GuardBreached } from '../../lib/domain/errors';
import { Phase } from '../../lib/domain/protocol/seat';
import { Onward, onwardFrom } from '../../lib/domain/traffic/judge';
import type { ShiftPolicy } from '../../lib/domain/traffic/shift-policy';
import { WHOLE } from '../../lib/domain/traffic/weights';
import { applyToHeld, enterPhase } from '../shared/seat-access';
import type { StepContext, StepDefinition, StepInput } from '../shared/step';
import type { Began, Looked } from './look';
import { lookAt, markOf } from './look';

export interface GuardInput extends StepInput {
  readonly shifted: TrafficShifted;
  /** What it said before; empty at first, and of an older step when the traffic was shifted since. */
  readonly before?: Partial<TrafficGuarded>;
}

const SECOND_MS = 1_000;
/** Between two looks the operation must not be taken for stuck (§3b.11). */
const SHARE_OF_DEADLINE = 3;
const LOOKS_A_STEP = 5;

const waitSecondsOf = ({ dwellMs, patienceMs }: ShiftPolicy, waitedMs: number, stepDeadlineMs: number) => {
  const leftMs = Math.max(dwellMs - waitedMs, dwellMs / LOOKS_A_STEP);
  const longestMs = Math.min(stepDeadlineMs / SHARE_OF_DEADLINE, patienceMs - waitedMs);
  return Math.max(1, Math.ceil(Math.min(leftMs, longestMs) / SECOND_MS));
};

/** The seat says it before the traffic goes back, so that nobody who finishes the move sends it on. */
const breach = async (
  { ports, operation }: StepContext,
  onward: typeof Onward.back | typeof Onward.hold,
  sentence: string,
): Promise<never> => {
  const { epoch, from } = operation;
  const reason =
    onward === Onward.back
      ? `${sentence}; it goes back to ${from}`
      : `${sentence}; it stays as it is, since whether ${from} is well is not known`;
  const found = { reason, traffic: onward };
  await applyToHeld(ports, epoch, (seen, nowMs) => ({ type: 'breach', epoch, seen, breach: found, nowMs }));
  throw new GuardBreached(reason);
};

/** A step that is looked at again goes on from its mark; a new one gets its own, so that nothing older counts. */
const beginningOf = async (context: StepContext, { shifted, before }: GuardInput): Promise<Began> =>
  before?.next === 'wait' && before.share === shifted.share
    ? { mark: before.mark ?? null, waitedMs: before.waitedMs ?? 0 }
    : { mark: await markOf(context), waitedMs: 0 };

const answerOf = (
  { ports }: StepContext,
  policy: ShiftPolicy,
  { share, onward, looked }: { share: number; onward: Onward; looked: Looked },
): TrafficGuarded => {
  const { judgement, mark, waitedMs } = looked;
  const seen = { share, why: judgement.why, mark, waitedMs };
  const { stepDeadlineMs } = ports.topology.policy;
  if (onward === Onward.wait)
    return { ...seen, next: 'wait', waitSeconds: waitSecondsOf(policy, waitedMs, stepDeadlineMs) };
  if (share >= WHOLE) return { ...seen, next: 'done' };
  return { ...seen, next: onward === Onward.forward ? 'forward' : 'shift' };
};

const act =
  (input: GuardInput) =>
  async (context: StepContext): Promise<Readonly<Record<string, unknown>>> => {
    const { ports, operation } = context;
    const { share } = input.shifted;
    const { progressive: policy } = ports.topology.traffic;
    if (policy === undefined) return { share, next: 'done', why: 'no steps are asked for' };
    await enterPhase(ports, operation.epoch, { from: [Phase.admitted], to: Phase.admitted });
    const looked = await lookAt(context, policy, await beginningOf(context, input));
    const onward = onwardFrom(looked.judgement.verdict, looked.source);
    if (onward === Onward.back || onward === Onward.hold)
      return breach(context, onward, `traffic at ${share} % in ${operation.to}: ${looked.judgement.why}`);
    return { ...answerOf(context, policy, { share, onward, looked }) };
  };

/** Whether the traffic may go a step further, has to wait, or goes back. It shifts nothing itself. */
export const guardTraffic = (input: GuardInput): StepDefinition => ({
  name: 'guard-traffic',
  deadlineMs: 50_000,
  act: act(input),
});

import type { ProbeResult, TargetKind, TargetObservation } from '../observation';
import { ProbeState } from '../observation';
import type { Policy, ZoneId } from '../topology';
import { isAsynchronous, isStore } from '../topology';
import { countWithoutStandby } from './standby-view';

/** Letters kept in `recent`: at 30 s a round half an hour, at 200 ms twelve seconds. */
const RECENT_ROUNDS = 60;

/** A target had at most (1 - this share) of its timeout to answer a witness whose timers ran that late. */
const STALL_SHARE = 0.5;

/** Each round moves the baseline by at most this share of itself, so an outlier hardly shows. */
const BASELINE_STEP = 0.05;

const LETTER = { ok: 'o', failed: 'f', unknown: 'u' } as const;

export interface TargetRound {
  readonly kind: TargetKind;
  readonly zone: ZoneId;
  readonly result: ProbeResult;
}

export interface RecordedRound {
  readonly observation: TargetObservation;
  /** The threshold is reached and not yet confirmed: probe `confirmingProbes` times more, then `recordBurst`. */
  readonly wantsBurst: boolean;
}

type HysteresisPolicy = Pick<Policy, 'failureThreshold' | 'confirmingProbes'>;

/** Above this many ms of its own lateness a witness's timeouts prove nothing. */
export const stallLimitMs = (policy: Pick<Policy, 'probeTimeoutMs'>): number =>
  policy.probeTimeoutMs * STALL_SHARE;

/** Nothing came back in time: the one kind of failure that a lost packet or a slow asker looks like, too. */
export const isTimeout = ({ state, reason }: ProbeResult): boolean =>
  state === ProbeState.failed && /time[d ]*-?out/i.test(reason ?? '');

/**
 * Turns the timeout of a witness that was itself stalled into `unknown` (I9). A refused connection, a wrong answer
 * or an unreachable host stay `failed`: the network said so, the witness's own slowness did not.
 */
export const discountStall = (
  result: ProbeResult,
  stalledMs: number,
  policy: Pick<Policy, 'probeTimeoutMs'>,
): ProbeResult =>
  isTimeout(result) && stalledMs > stallLimitMs(policy)
    ? {
        ...result,
        state: ProbeState.unknown,
        reason: `${result.reason}, but the witness itself was ${Math.round(stalledMs)} ms late`,
      }
    : result;

/** A frugal running median (Ma, Muthukrishnan, Sandler 2013): one number a target instead of sixty latencies. */
const nextBaseline = (baseline: number | null, result: ProbeResult): number | null => {
  if (result.state !== ProbeState.ok || result.latencyMs === null) return baseline;
  if (baseline === null) return result.latencyMs;
  const step = baseline * BASELINE_STEP;
  return result.latencyMs > baseline
    ? Math.min(result.latencyMs, baseline + step)
    : Math.max(result.latencyMs, baseline - step);
};

const trailing = (recent: string, letter: string): number => {
  let count = 0;
  while (count < recent.length && recent[recent.length - 1 - count] === letter) count += 1;
  return count;
};

/** Over so many looks a target must have had no failure to be called steady, and at least so many must be known. */
const STEADY = { looks: 20, known: 10 } as const;

/** It answers, and has not failed once in a while: the way to it loses no packets. */
export const isSteady = ({ latest, recent }: TargetObservation): boolean => {
  const letters = [...recent.slice(-STEADY.looks)];
  const known = letters.filter((letter) => letter === LETTER.ok).length;
  return latest.state === ProbeState.ok && known >= STEADY.known && !letters.includes(LETTER.failed);
};

/**
 * What a witness's next run may take over from the last round of the one before: how each target has been doing. The
 * counts that accuse begin anew: a run accuses only of what it has seen itself.
 */
export const inherited = (target: TargetObservation): TargetObservation => ({
  ...target,
  consecutiveFailed: 0,
  confirmed: false,
  roundsWithoutStandby: 0,
});

/** Ok rounds in a row up to now. */
export const okStreak = (target: TargetObservation): number => trailing(target.recent, LETTER.ok);

/**
 * `unknown` neither counts nor resets: it is no evidence. But evidence ages: after more than `failureThreshold`
 * unknown rounds in a row the failures before them are forgotten.
 */
const failures = (
  previous: TargetObservation | undefined,
  result: ProbeResult,
  recent: string,
  policy: HysteresisPolicy,
): Pick<TargetObservation, 'consecutiveFailed' | 'confirmed'> => {
  const none = { consecutiveFailed: 0, confirmed: false };
  const before = previous ?? none;
  if (result.state === ProbeState.ok) return none;
  if (result.state === ProbeState.failed)
    return { consecutiveFailed: before.consecutiveFailed + 1, confirmed: before.confirmed };
  return trailing(recent, LETTER.unknown) > policy.failureThreshold
    ? none
    : { consecutiveFailed: before.consecutiveFailed, confirmed: before.confirmed };
};

/** §3b.6: a standby that it lacks holds up nobody. */
const waitsForNobody = (kind: TargetKind): boolean => isStore(kind) && isAsynchronous(kind);

/** One more round of one target: hysteresis in, no clock. `previous` is undefined in the witness's first round. */
export const recordRound = (
  previous: TargetObservation | undefined,
  round: TargetRound,
  policy: HysteresisPolicy,
): RecordedRound => {
  const { kind, zone, result } = round;
  const recent = ((previous?.recent ?? '') + LETTER[result.state]).slice(-RECENT_ROUNDS);
  const observation: TargetObservation = {
    kind,
    zone,
    latest: result,
    ...failures(previous, result, recent, policy),
    recent,
    baselineLatencyMs: nextBaseline(previous?.baselineLatencyMs ?? null, result),
    roundsWithoutStandby: waitsForNobody(kind) ? 0 : countWithoutStandby(previous, result),
  };
  return { observation, wantsBurst: wantsBurst(observation, policy) };
};

const wantsBurst = (observation: TargetObservation, policy: HysteresisPolicy): boolean =>
  observation.latest.state === ProbeState.failed &&
  observation.consecutiveFailed >= policy.failureThreshold &&
  !observation.confirmed;

/**
 * The confirming burst: confirmed only when `confirmingProbes` probes were made and every one failed. One ok makes
 * the whole round ok; an unknown confirms nothing and the next failed round asks for a burst again.
 */
export const recordBurst = (
  observation: TargetObservation,
  results: readonly ProbeResult[],
  policy: HysteresisPolicy,
): TargetObservation => {
  const ok = results.findLast((result) => result.state === ProbeState.ok);
  if (ok !== undefined)
    return {
      ...observation,
      latest: ok,
      consecutiveFailed: 0,
      confirmed: false,
      recent: observation.recent.slice(0, -1) + LETTER.ok,
    };
  const confirmed =
    results.length >= policy.confirmingProbes && results.every(({ state }) => state === ProbeState.failed);
  return { ...observation, confirmed: observation.confirmed || confirmed };
};

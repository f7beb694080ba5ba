import type { Policy } from '../topology';

/** What a person's start has, with its reads: its task ends after 20 s. */
const WAIT_LIMIT_MS = 5_000;
/** A witness that is asked has to answer within this: its asker's own task ends after 20 s. */
export const ASK_LIMIT_MS = 12_000;
/** A loop slower than this is not waited for: it is taken over, and its schedule starts it anew within the minute. */
const LOOP_LIMIT_MS = 2_500;
/** A cold start of the witness, and its way to the state store and back. */
const START_MS = 1_000;
const ROUNDS_TO_WAIT = 3;

export type Timing = Pick<
  Policy,
  | 'checkIntervalMs'
  | 'probeTimeoutMs'
  | 'failureThreshold'
  | 'confirmingProbes'
  | 'confirmingSpacingMs'
  | 'staleAfterMs'
>;

const burstMs = (policy: Timing): number =>
  (policy.confirmingProbes - 1) * policy.confirmingSpacingMs + policy.probeTimeoutMs;

/** How long rounds of living loops are awaited in the state store. */
export const waitForRoundsMs = ({ checkIntervalMs, probeTimeoutMs }: Timing): number =>
  Math.min(WAIT_LIMIT_MS, (checkIntervalMs + probeTimeoutMs) * ROUNDS_TO_WAIT);

/** How long a witness that is asked waits for a round of its own loop: as long as the loop's slowest round takes. */
export const waitForLoopMs = (policy: Timing): number => {
  const slowestMs = Math.max(policy.checkIntervalMs, policy.probeTimeoutMs) + burstMs(policy);
  return Math.min(policy.staleAfterMs, slowestMs, LOOP_LIMIT_MS);
};

/** What a witness that is asked needs at worst: its loop is waited for, then every round runs into its time-out. */
export const askNeedsMs = (policy: Timing): number =>
  START_MS + waitForLoopMs(policy) + policy.failureThreshold * policy.probeTimeoutMs + burstMs(policy);

/** How long a witness may take to answer. The configuration's checks keep what it needs below the limit. */
export const askTimeoutMs = (policy: Timing): number => Math.min(ASK_LIMIT_MS, askNeedsMs(policy));

/**
 * From the fault to the verdict at worst: the fault falls right after a probe, then `failureThreshold` rounds fail, each as
 * long as its time-out if that is longer, then the confirming burst.
 */
export const detectionMs = (policy: Timing): number => {
  const roundMs = Math.max(policy.checkIntervalMs, policy.probeTimeoutMs);
  const confirmingMs = policy.confirmingProbes * (policy.confirmingSpacingMs + policy.probeTimeoutMs);
  return policy.checkIntervalMs + policy.failureThreshold * roundMs + confirmingMs;
};

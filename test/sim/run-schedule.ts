import type { Bug } from './bugs';
import type { Planned } from './faults';
import { planFaults } from './faults';
import type { Counts } from './monitor';
import { profileFrom } from './profile';
import { createRandom } from './random';
import type { World } from './world';
import { createWorld } from './world';

export interface ScheduleResult {
  readonly seed: number;
  readonly profile: string;
  readonly faults: readonly string[];
  /** Empty: every invariant held, and it settled. */
  readonly findings: readonly string[];
  readonly counts: Counts;
  readonly virtualMs: number;
  /** From the end of the last fault until all was well; null: not within the limit. */
  readonly settledAfterMs: number | null;
  /** SHA-256 over the event log. */
  readonly digest: string;
  readonly log: readonly string[];
}

const WARM_UP_ROUNDS = 5;
const WARM_UP_MS = 3_000;
/**
 * Once faults have stopped: at worst a rejoin whose step is only given up at its time-out (120 s), the reconciler's
 * retries (60 s and 120 s), and a rejoin anew.
 */
export const SETTLE_LIMIT_MS = 600_000;
/** It must stay well for this long. */
const STEADY_ROUNDS = 4;
const LOOK_EVERY_MS = 100;
/** What clients still wait for arrives, or is given up. */
const DRAIN_MS = 1_000;

const playFaults = (world: World, faults: readonly Planned[], healAtMs: number): void => {
  for (const fault of faults) {
    world.timeline.after(fault.atMs, () => {
      world.log.note('fault', fault.what);
      fault.begin(world.faults);
    });
    world.timeline.after(Math.min(fault.atMs + fault.forMs, healAtMs), () => {
      world.log.note('over', fault.what);
      fault.end(world.faults);
    });
  }
};

/** Plays until all has been well for a while; the instant from which it was, or null. */
const settle = async (world: World, healAtMs: number, steadyMs: number): Promise<number | null> => {
  const { timeline } = world;
  let wellSinceMs: number | null = null;
  let lookedAtMs = 0;
  const isOver = (): boolean => {
    if (timeline.nowMs() - lookedAtMs < LOOK_EVERY_MS) return false;
    lookedAtMs = timeline.nowMs();
    if (world.unsettled().length > 0) wellSinceMs = null;
    else wellSinceMs ??= timeline.nowMs();
    return wellSinceMs !== null && timeline.nowMs() - wellSinceMs >= steadyMs;
  };
  await timeline.play(healAtMs + SETTLE_LIMIT_MS, isOver);
  return wellSinceMs;
};

/** One schedule, from its seed alone. */
export const runSchedule = async (seed: number, bug: Bug | null = null): Promise<ScheduleResult> => {
  const random = createRandom(seed);
  const profile = profileFrom(random);
  const { policy } = profile.topology;
  const startMs = WARM_UP_MS + WARM_UP_ROUNDS * policy.checkIntervalMs;
  const faults = planFaults(random.fork(), {
    startMs,
    ms: profile.faultWindowMs,
    roundMs: Math.max(policy.checkIntervalMs, policy.probeTimeoutMs),
  });
  const lastMs = Math.max(...faults.map(({ atMs, forMs }) => atMs + forMs));
  const healAtMs = Math.max(startMs + profile.faultWindowMs, lastMs);
  const world = createWorld(profile, random.fork(), bug);
  playFaults(world, faults, healAtMs);
  await world.timeline.play(healAtMs, () => false);
  const wellAtMs = await settle(world, healAtMs, STEADY_ROUNDS * policy.checkIntervalMs);
  if (wellAtMs === null)
    world.monitor.violated(
      'liveness',
      `not settled ${SETTLE_LIMIT_MS / 1000} s after the last fault: ${world.unsettled().join('; ')}`,
    );
  world.stopClients();
  await world.timeline.play(world.timeline.nowMs() + DRAIN_MS, () => false);
  world.monitor.compareHistories();
  return {
    seed,
    profile: profile.name,
    faults: faults.map(({ what }) => what),
    findings: world.monitor.findings,
    counts: world.monitor.counts,
    virtualMs: world.timeline.nowMs(),
    settledAfterMs: wellAtMs === null ? null : Math.max(0, wellAtMs - healAtMs),
    digest: world.log.digest(),
    log: world.log.lines(),
  };
};

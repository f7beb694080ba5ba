import { setTimeout as pause } from 'node:timers/promises';
import { findTarget } from '../../domain/observation';
import { Phase } from '../../domain/protocol/seat';
import type { Seat } from '../../domain/protocol/seat';
import type { PhaseName } from '../../domain/report/phases';
import type { ZoneId } from '../../domain/topology';
import type { StateStore } from '../../ports/state-store';
import type { Traffic } from '../../ports/traffic';
import type { Instant } from '../load/instant';
import { instantNow } from '../load/instant';

const EVERY_MS = 25;
const TRAFFIC_TIMEOUT_MS = 1_000;
const FENCED: readonly string[] = [Phase.switching, Phase.switched, Phase.admitted];

export interface SeatWatch {
  /** When each phase was first seen from outside, at most 25 ms and one read late. */
  readonly seen: Partial<Record<PhaseName, Instant>>;
  /** The epoch of the failover that was seen. */
  epoch(): number | null;
  stop(): Promise<void>;
}

export interface WatchedLoss {
  readonly lost: ZoneId;
  readonly store: StateStore;
  readonly traffic: Traffic;
}

const confirmedBySomebody = async ({ store, lost }: WatchedLoss): Promise<boolean> =>
  (await store.readObservations()).some(
    (observation) =>
      observation.zone !== lost && findTarget(observation, 'postgres', lost)?.confirmed === true,
  );

const trafficMoved = async ({ traffic, lost }: WatchedLoss): Promise<boolean> =>
  (await traffic.current(TRAFFIC_TIMEOUT_MS))[lost] === 0;

/** `fenced` is seen when the next phase begins: the phase of that name is entered before the fence is in force. */
const seatPhases = (seat: Seat, lost: ZoneId): readonly PhaseName[] => {
  const moving = seat.operation?.from === lost && seat.operation.kind === 'failover' ? seat.operation : null;
  const moved = seat.writer !== lost;
  return [
    ...(moving !== null || moved ? (['decided'] as const) : []),
    ...((moving !== null && FENCED.includes(moving.phase)) || moved ? (['fenced'] as const) : []),
    ...(moved ? (['promoted'] as const) : []),
  ];
};

/**
 * Looks at the public record of the product (its state table and the traffic weights) as an outsider would, and notes
 * when each phase showed. Nothing is taken from the product's own clock.
 */
export const watchSeat = (watched: WatchedLoss): SeatWatch => {
  const seen: Partial<Record<PhaseName, Instant>> = {};
  let epoch: number | null = null;
  let stopped = false;
  const note = (name: PhaseName): void => {
    seen[name] ??= instantNow();
  };
  const look = async (): Promise<void> => {
    if (seen.detected === undefined && (await confirmedBySomebody(watched))) note('detected');
    const seat = await watched.store.readSeat();
    if (seat === null) return;
    for (const phase of seatPhases(seat, watched.lost)) note(phase);
    if (seen.decided !== undefined) epoch ??= seat.operation?.epoch ?? seat.epoch;
    if (seen.promoted !== undefined && seen.traffic === undefined && (await trafficMoved(watched)))
      note('traffic');
  };
  const loop = async (): Promise<void> => {
    while (!stopped) {
      // A look that fails is a look later; what was not seen stays unmeasured and is said so in the report.
      await look().catch(() => undefined);
      await pause(EVERY_MS);
    }
  };
  const running = loop();
  return {
    seen,
    epoch: () => epoch,
    stop: async () => {
      stopped = true;
      await running;
    },
  };
};

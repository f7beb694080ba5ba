import { setTimeout as sleep } from 'node:timers/promises';
import type { Snapshot } from '../domain/decision/snapshot';
import { DamagedState } from '../domain/errors';
import type { Observation } from '../domain/observation';
import type { Seat } from '../domain/protocol/seat';
import type { WitnessId } from '../domain/topology';
import type { Connection } from './connection';

const POLL_MS = 50;

export const requireSeat = async ({ store, where, topology }: Connection): Promise<Seat> => {
  const seat = await store.readSeat();
  if (seat !== null) return seat;
  throw new DamagedState(
    `${where} has no seat for ${topology.workload} yet; the region witness creates it within a minute after the deployment`,
  );
};

/**
 * What the witnesses see now. A witness is fresh when its round was seen to change while this ran; one that was not
 * has no age, and counts as stale.
 */
export const takeSnapshot = async (connection: Connection): Promise<Snapshot> => {
  const { store, topology, policyVersion } = connection;
  const seat = await requireSeat(connection);
  const endMs = performance.now() + 2 * topology.policy.staleAfterMs;
  const before = new Map((await store.readObservations()).map((entry) => [entry.witness, markOf(entry)]));
  let now = await store.readObservations();
  const isFresh = (entry: Observation): boolean => before.get(entry.witness) !== markOf(entry);
  while (!now.every(isFresh) && performance.now() < endMs) {
    await sleep(POLL_MS);
    now = await store.readObservations();
  }
  const fresh = now.filter(isFresh).map((entry): [WitnessId, number] => [entry.witness, 0]);
  const ageMs = Object.fromEntries(fresh);
  return {
    topology,
    policyVersion,
    seat,
    observations: now,
    ageMs,
    nowMs: await store.nowMs(),
    decidedBy: null,
  };
};

const markOf = (entry: Observation): string => `${entry.runId}/${entry.round}`;

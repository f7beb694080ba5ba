import { randomUUID } from 'node:crypto';
import type { PolicyInForce } from '../domain/decision/retake';
import type { Observation } from '../domain/observation';
import type { Seat } from '../domain/protocol/seat';
import type { SeatEvent } from '../domain/protocol/transitions';
import { guardedPatch } from '../domain/protocol/walk';
import type { WitnessId, ZoneId } from '../domain/topology';
import type { ClaimProof, DecisionRecord, StateStore } from '../ports/state-store';
import type { ClaimEvent } from './claim-seat';
import { claimSeat } from './claim-seat';
import { copiesItem, copiesOf } from './copies-item';
import { decisionOf, heldDecisionItem } from './decision-item';
import { DEFAULT_EVIDENCE_SLACK_ROUNDS } from './evidence';
import type { ItemTable } from './item-table';
import { ABSENT, present } from './item-table';
import {
  claimedDecisionKey,
  copiesPrefix,
  DECISION_PREFIX,
  observationKey,
  policyKey,
  sampleKey,
  SEAT_KEY,
  SORT_KEY,
  stepPrefix,
} from './keys';
import { observationOf } from './observation-item';
import type { Item } from './parse-item';
import { policyItem, policyOf } from './policy-item';
import { refusedSeat, refusedWithoutSeat } from './refusals';
import { seatOf } from './seat-item';
import { newestSamples, putSample, sampleOf, samplePageItem } from './sample-item';
import { stepItem, stepOf } from './step-item';
import { putObservation } from './put-observation';

/** Decisions that changed nothing are kept for thirty days. */
const HISTORY_SECONDS = 30 * 24 * 3600;

/** Comparisons of one store that end within moments of each other: a person's, one before a move, one after a rejoin. */
const NEWEST_FEW = 10;

export interface StoreOptions {
  readonly workload: string;
  /** Whose rounds there may be: they are read by their keys. */
  readonly witnesses: readonly WitnessId[];
  /** When given, a seat that names another zone as writer or standby is damaged. */
  readonly dataZones?: readonly ZoneId[];
  /** See `DEFAULT_EVIDENCE_SLACK_ROUNDS`. */
  readonly evidenceSlackRounds?: number;
  /** Kept in the table before the first decision is recorded under it, so that it can be replayed (I12). */
  readonly policy?: PolicyInForce;
  readonly newNonce?: () => string;
}

const isSeat = (item: Item): boolean => item[SORT_KEY] === SEAT_KEY;

/** The StateStore over any table: both stores are this, so they can differ only in how they keep items. */
export const createItemStore = (table: ItemTable, options: StoreOptions): StateStore => {
  const { newNonce = randomUUID, evidenceSlackRounds = DEFAULT_EVIDENCE_SLACK_ROUNDS } = options;
  const asSeat = (item: Item): Seat => seatOf(item, options);

  const patchSeat = async (event: SeatEvent): Promise<Seat> => {
    const { guards, patch } = guardedPatch(event);
    const nonce = newNonce();
    const result = await table.patch(SEAT_KEY, { ...patch, nonce }, present(guards));
    if (result.accepted) return asSeat(result.item);
    if (result.found === undefined) throw refusedWithoutSeat(options.workload);
    const seat = asSeat(result.found);
    // §3b.11: the first attempt went through and only its answer was lost.
    if (seat.nonce === nonce) return seat;
    throw refusedSeat(guards, result.found, seat);
  };

  const readSeat = async (): Promise<Seat | null> => {
    const item = await table.get(SEAT_KEY);
    return item === undefined ? null : asSeat(item);
  };

  let isPolicyKept = false;
  const keepPolicy = async (): Promise<void> => {
    if (isPolicyKept || options.policy === undefined) return;
    await table.put(policyItem(options.policy), ABSENT);
    isPolicyKept = true;
  };

  const claim = async (event: ClaimEvent, proof: ClaimProof): Promise<Seat> => {
    await keepPolicy();
    const { workload } = options;
    return claimSeat(table, event, { ...proof, asSeat, nonce: newNonce(), evidenceSlackRounds, workload });
  };

  const roundKeys = [...options.witnesses].sort().map(observationKey);

  return {
    nowMs: () => table.nowMs(),
    readSeat,
    initialiseSeat: async (seat) => {
      const result = await table.put({ ...seat, [SORT_KEY]: SEAT_KEY }, ABSENT);
      return result.accepted || result.found === undefined ? seat : asSeat(result.found);
    },
    apply: (event, proof) =>
      proof !== undefined && event.type === 'claim' ? claim(event, proof) : patchSeat(event),
    writeObservation: (observation: Observation, write) => putObservation(table, observation, write),
    readObservations: async () => (await table.getMany(roundKeys)).map(observationOf),
    readSituation: async () => {
      const items = await table.getMany([SEAT_KEY, ...roundKeys]);
      const [seats, rounds] = [items.filter(isSeat), items.filter((item) => !isSeat(item))];
      return { seat: seats.map(asSeat)[0] ?? null, observations: rounds.map(observationOf) };
    },
    writeStep: async (step) => {
      await table.put(stepItem(step));
    },
    readSteps: async (epoch) => (await table.query(stepPrefix(epoch))).map(stepOf),
    readDecision: async (epoch) => {
      const item = await table.get(claimedDecisionKey(epoch));
      return item === undefined ? null : decisionOf(item);
    },
    recordDecision: async (record: DecisionRecord) => {
      await keepPolicy();
      const expiresAtSeconds = Math.ceil(record.atMs / 1000) + HISTORY_SECONDS;
      await table.put(heldDecisionItem(record, newNonce(), expiresAtSeconds));
    },
    recentDecisions: async (limit) =>
      (await table.query(DECISION_PREFIX, { newestFirst: true, limit })).map(decisionOf),
    decisionsIn: async (epoch, limit) =>
      (await table.query(claimedDecisionKey(epoch), { newestFirst: true, limit })).map(decisionOf),
    readPolicy: async (version) => {
      const item = await table.get(policyKey(version));
      return item === undefined ? null : policyOf(item);
    },
    writeCopies: async (record) => {
      const expiresAtSeconds = Math.ceil(record.endedAtMs / 1000) + HISTORY_SECONDS;
      await table.put(copiesItem(record, expiresAtSeconds));
    },
    newestCopies: async (store, execution) => {
      const limit = execution === undefined ? 1 : NEWEST_FEW;
      const items = await table.query(copiesPrefix(store), { newestFirst: true, limit });
      const records = items.map(copiesOf);
      return records.find((record) => execution === undefined || record.execution === execution) ?? null;
    },
    writeSample: (sample, { takesOver = false } = {}) => putSample(table, sample, takesOver),
    readSamples: async (stores) => (await table.getMany(stores.map(sampleKey))).map(sampleOf),
    writeSamplePage: async (page) => {
      await table.put(samplePageItem(page));
    },
    newestSamples: (store, pages) => newestSamples(table, store, pages),
    close: () => table.close(),
  };
};

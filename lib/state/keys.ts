import type { Store, WitnessId } from '../domain/topology';

/** One partition a workload: `pk` is its name. Sort keys as in docs/architecture.md; epochs are padded so that they sort. */
export const PARTITION_KEY = 'pk';
export const SORT_KEY = 'sk';
/** Seconds since 1970; only history carries it. Deletion is late by design of DynamoDB, so nothing relies on it. */
export const TTL_ATTRIBUTE = 'expiresAt';

/** Twelve digits: a failover each second for 30,000 years. */
const EPOCH_DIGITS = 12;
/** Milliseconds since 1970 have 13 digits until the year 2286; one to spare. */
const TIME_DIGITS = 14;

const padded = (value: number, digits: number): string => String(value).padStart(digits, '0');

export const SEAT_KEY = 'seat';
export const DECISION_PREFIX = 'decision#';

export const observationKey = (witness: WitnessId): string => `observation#${witness}`;

/** The decision whose claim took `epoch`: the outbox that `start-claimed` reads from the stream. */
export const claimedDecisionKey = (epoch: number): string =>
  `${DECISION_PREFIX}${padded(epoch, EPOCH_DIGITS)}`;

/** A decision that was not acted on; sorts behind the claim of the epoch it was made in, by time. */
export const heldDecisionKey = (epoch: number, atMs: number, nonce: string): string =>
  `${claimedDecisionKey(epoch)}#${padded(atMs, TIME_DIGITS)}#${nonce}`;

/** What decisions were made under: one item a version. */
export const policyKey = (version: string): string => `policy#${version}`;

export const stepPrefix = (epoch: number): string => `step#${padded(epoch, EPOCH_DIGITS)}#`;
export const stepKey = (epoch: number, name: string): string => `${stepPrefix(epoch)}${name}`;

/** The newest look at one source. */
export const sampleKey = (store: Store): string => `sample#${store}`;
/** Those before it, some seconds a page. */
export const samplePagePrefix = (store: Store): string => `${sampleKey(store)}#`;
export const samplePageKey = (store: Store, startedAtMs: number, runId: string): string =>
  `${samplePagePrefix(store)}${padded(startedAtMs, TIME_DIGITS)}#${runId}`;

export const copiesPrefix = (store: Store): string => `copies#${store}#`;
/** By when it began, so that the newest comes last and a retry meets its own. */
export const copiesKey = (store: Store, startedAtMs: number, execution: string): string =>
  `${copiesPrefix(store)}${padded(startedAtMs, TIME_DIGITS)}#${execution}`;

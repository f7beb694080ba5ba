import * as z from 'zod';
import type { Decision } from '../domain/decision/decision';
import { DecisionKind, ScenarioName, Trend, VerdictState } from '../domain/decision/decision';
import type { Operation, VoterRound } from '../domain/protocol/seat';
import { OperationKind, OperationMode, Trigger } from '../domain/protocol/seat';
import { Component, Store } from '../domain/topology';
import type { Circumstances } from '../domain/decision/record';
import type { DecisionRecord } from '../ports/state-store';
import { claimedDecisionKey, heldDecisionKey, SORT_KEY, TTL_ATTRIBUTE } from './keys';
import { observationSchema } from './observation-item';
import type { Item } from './parse-item';
import { jsonText, parseItem } from './parse-item';
import { holdSchema, seatSchema } from './seat-item';

/** Which decisions became claims: `start-claimed`'s stream filter looks for `claim`. */
const DecisionEntry = { claim: 'claim', held: 'held' } as const;

const numbers = z.record(z.string(), z.union([z.number(), z.string(), z.null()]));
const reason = z.object({ code: z.string(), sentence: z.string(), numbers });

const voter: z.ZodType<VoterRound> = z.object({
  witness: z.string(),
  runId: z.string(),
  round: z.int().nonnegative(),
});

const verdict = z.object({
  component: z.enum(Component),
  zone: z.string(),
  state: z.enum(VerdictState),
  score: z.number().nullable(),
  scoreTerms: z.record(z.string(), z.number()),
  trend: z.enum(Trend),
  forecastSeconds: z.number().nullable(),
  votes: z.record(z.string(), z.enum(['ok', 'failed', 'abstain'])),
  lagSeconds: z.number().nullable(),
  reasons: z.array(z.string()),
});

const rebuild = z.object({ keep: z.boolean() });

const move = z.object({
  kind: z.enum(OperationKind),
  mode: z.enum(OperationMode),
  stores: z.array(z.enum(Store)).min(1),
  from: z.string(),
  to: z.string(),
  rebuild: rebuild.exactOptional(),
});

const decisionSchema: z.ZodType<Decision> = z.object({
  kind: z.enum(DecisionKind),
  scenario: z.enum(ScenarioName),
  operation: move.nullable(),
  confidence: z.number(),
  reasons: z.array(reason),
  verdicts: z.array(verdict),
  voters: z.array(voter),
  seatEpoch: z.int().nonnegative(),
  policyVersion: z.string(),
});

const request = z.object({
  to: z.string(),
  mode: z.enum(OperationMode),
  reason: z.string(),
  kind: z.enum(OperationKind).exactOptional(),
  only: z.array(z.enum(Store)).exactOptional(),
  overrideCooldown: z.boolean().exactOptional(),
  acceptLossSeconds: z.number().nullable().exactOptional(),
  rebuild: rebuild.exactOptional(),
  hold: holdSchema.exactOptional(),
  anew: z.boolean().exactOptional(),
});

const circumstances: z.ZodType<Circumstances> = z.object({
  trigger: z.enum(Trigger),
  actor: z.string(),
  request: request.nullable(),
  seat: seatSchema,
  ageMs: z.record(z.string(), z.number()),
  nowMs: z.number(),
  decidedBy: z.string().nullable(),
});

const recordSchema: z.ZodType<DecisionRecord> = z.object({
  epoch: z.int().nonnegative(),
  decision: decisionSchema,
  evidence: z.array(observationSchema),
  voters: z.array(voter),
  atMs: z.number(),
  circumstances: circumstances.exactOptional(),
  refused: reason.exactOptional(),
});

const decisionItemSchema = z.object({ record: jsonText.pipe(recordSchema) });

/** @throws DamagedState */
export const decisionOf = (item: Item): DecisionRecord => parseItem(decisionItemSchema, item).record;

/** The outbox: written in the same transaction as the claim, with all that starting the execution needs. */
export const claimedDecisionItem = (record: DecisionRecord, operation: Operation, nonce: string): Item => ({
  [SORT_KEY]: claimedDecisionKey(operation.epoch),
  entry: DecisionEntry.claim,
  epoch: operation.epoch,
  kind: operation.kind,
  execution: operation.execution,
  trigger: operation.trigger,
  nonce,
  record: JSON.stringify(record),
});

/** History of a decision that changed nothing; `expiresAtSeconds` is for the table's TTL. */
export const heldDecisionItem = (record: DecisionRecord, nonce: string, expiresAtSeconds: number): Item => ({
  [SORT_KEY]: heldDecisionKey(record.epoch, record.atMs, nonce),
  entry: DecisionEntry.held,
  epoch: record.epoch,
  [TTL_ATTRIBUTE]: expiresAtSeconds,
  record: JSON.stringify(record),
});

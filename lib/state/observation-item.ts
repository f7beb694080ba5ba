import * as z from 'zod';
import type { Observation, TargetObservation } from '../domain/observation';
import { EngineRole, hostKindOf, ProbeState } from '../domain/observation';
import { Component, Store } from '../domain/topology';
import { observationKey, SORT_KEY } from './keys';
import type { Item } from './parse-item';
import type { RoundItem } from './put-round';
import { jsonText, parseItem } from './parse-item';

const standby = z.object({
  name: z.string(),
  state: z.string(),
  syncState: z.string(),
  flushLagBytes: z.number().nullable(),
});

const replication = z.object({
  role: z.enum(EngineRole),
  position: z.string().nullable(),
  timeline: z.number().nullable(),
  writable: z.boolean().nullable(),
  lagSeconds: z.number().nullable(),
  standbys: z.array(standby),
  syncSetting: z.string().nullable(),
  blockedWriters: z.number().nullable(),
  fenceEpoch: z.number().nullable(),
  beaconAtMs: z.number().nullable(),
  upstreamHost: z.string().nullable(),
});

const target: z.ZodType<TargetObservation> = z.object({
  kind: z.enum([...Object.values(Component), ...Object.values(Store).map(hostKindOf), 'peer']),
  zone: z.string(),
  latest: z.object({
    state: z.enum(ProbeState),
    reason: z.string().nullable(),
    latencyMs: z.number().nullable(),
    replication: replication.exactOptional(),
  }),
  consecutiveFailed: z.int().nonnegative(),
  confirmed: z.boolean(),
  recent: z.string().regex(/^[ofu]*$/),
  baselineLatencyMs: z.number().nullable(),
  roundsWithoutStandby: z.int().nonnegative(),
});

const header = {
  witness: z.string().min(1),
  zone: z.string().nullable(),
  runId: z.string().min(1),
  round: z.int().nonnegative(),
  atMs: z.number(),
  stalledMs: z.number(),
};

/** As it stands inside a decision's evidence. */
export const observationSchema: z.ZodType<Observation> = z.object({ ...header, targets: z.array(target) });

const observationItemSchema = z.object({ ...header, targets: jsonText.pipe(z.array(target)) });

/** @throws DamagedState */
export const observationOf = (item: Item): Observation => parseItem(observationItemSchema, item);

export const observationItem = (observation: Observation): RoundItem => ({
  ...observation,
  [SORT_KEY]: observationKey(observation.witness),
  targets: JSON.stringify(observation.targets),
});

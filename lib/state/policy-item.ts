import * as z from 'zod';
import type { PolicyInForce } from '../domain/decision/retake';
import type { Topology } from '../domain/topology';
import { Automatic, Component, ZoneRole } from '../domain/topology';
import { policyKey, SORT_KEY } from './keys';
import type { Item } from './parse-item';
import { jsonText, parseItem } from './parse-item';

const count = z.number().nonnegative();

/** All that a decision reads; what else the file had is kept as it was, since the version is a hash of the whole. */
const kept = z.looseObject({
  workload: z.string().min(1),
  zones: z.array(z.looseObject({ id: z.string(), role: z.enum(ZoneRole) })).min(1),
  policy: z.looseObject({
    automatic: z.enum(Automatic),
    checkIntervalMs: count,
    failureThreshold: count,
    confirmingProbes: count,
    probeTimeoutMs: count,
    rpoMs: count,
    minimumConfidence: count,
    staleAfterMs: count,
    rpoGates: z.array(z.enum(Component)),
    stepDeadlineMs: count,
  }),
  components: z.array(
    z.looseObject({
      component: z.enum(Component),
      weight: count,
      seenBy: z.array(z.string()),
      endpoints: z.record(z.string(), z.unknown()),
    }),
  ),
  peers: z.record(z.string(), z.unknown()),
});

const policyItemSchema = z.object({ topology: jsonText.pipe(kept) });

/** @throws DamagedState */
export const policyOf = (item: Item): Topology =>
  parseItem(policyItemSchema, item).topology as unknown as Topology;

/** Once per version, and never changed: every decision names the version it was made under. */
export const policyItem = ({ version, topology }: PolicyInForce): Item => ({
  [SORT_KEY]: policyKey(version),
  version,
  topology: JSON.stringify(topology),
});

import * as z from 'zod';
import { InvalidConfiguration } from '../domain/errors';
import type { Topology } from '../domain/topology';

/**
 * The file was checked in full before it was bundled; this sees that it is whole and of this version, not whether its
 * values make sense.
 */
const bundled = z.looseObject({
  workload: z.string(),
  target: z.looseObject({ kind: z.enum(['lab', 'aws']), region: z.string() }),
  mode: z.string(),
  zones: z.array(z.looseObject({ id: z.string(), role: z.string() })).min(1),
  policy: z.looseObject({
    automatic: z.string(),
    checkIntervalMs: z.number(),
    failureThreshold: z.number(),
    probeTimeoutMs: z.number(),
    staleAfterMs: z.number(),
    stepDeadlineMs: z.number(),
  }),
  verify: z.looseObject({ beforePlanned: z.string(), timeLimitMs: z.number() }),
  components: z.array(z.looseObject({ component: z.string(), seenBy: z.array(z.string()) })).min(1),
  peers: z.looseObject({}),
  traffic: z.looseObject({ kind: z.enum(['route53', 'alb']) }),
});

/** The Topology that the stack put beside a Lambda's code. @throws InvalidConfiguration */
export const readTopologyJson = (json: string): Topology => {
  const parsed = parsedJson(json);
  const known = bundled.safeParse(parsed);
  if (known.success) return parsed as Topology;
  const [issue] = known.error.issues;
  throw notOurs(`at ${issue?.path.join('.')}: ${issue?.message}`, known.error);
};

const parsedJson = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw notOurs(String(error), error);
  }
};

const notOurs = (what: string, cause: unknown): InvalidConfiguration =>
  new InvalidConfiguration(
    `The topology.json beside the code is not what this version writes (${what}): deploy again with \`cdk deploy\`.`,
    { cause },
  );

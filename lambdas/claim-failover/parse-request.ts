import * as z from 'zod';
import type { RequestInput } from '../../lib/contract/payload';
import { InvalidRequest } from '../../lib/domain/errors';
import type { Topology } from '../../lib/domain/topology';
import { dataZones } from '../../lib/domain/topology';

const EXAMPLE = '{"to":"az-b","mode":"planned","reason":"why"}';

const schemaFor = (zones: readonly string[]) =>
  z.strictObject({
    to: z.enum(zones as [string, ...string[]]),
    mode: z.enum(['planned', 'emergency']),
    reason: z.string().trim().min(1, 'say why; it is kept with the decision'),
    kind: z.enum(['failover', 'rollback']).optional(),
    overrideCooldown: z.boolean().optional(),
    acceptLossSeconds: z.number().min(0).optional(),
    requestedBy: z.string().optional(),
  });

const foundAt = (input: unknown, path: readonly PropertyKey[]): string =>
  JSON.stringify(
    path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], input),
  ) ?? 'nothing';

/** What a person started the state machine with; refuses before anything was read or changed. */
export const parseRequest = (input: unknown, topology: Topology): RequestInput => {
  const parsed = schemaFor(dataZones(topology)).safeParse(input);
  if (parsed.success) return parsed.data as RequestInput;
  const problems = parsed.error.issues.map(
    (issue) => `"${issue.path.join('.') || 'input'}" is ${foundAt(input, issue.path)}: ${issue.message}`,
  );
  throw new InvalidRequest(`the start was refused: ${problems.join('; ')}. Example: ${EXAMPLE}`);
};

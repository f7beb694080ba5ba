import { createHash } from 'node:crypto';
import type { Topology } from '../domain/topology';

const VERSION_DIGITS = 12;

/** Maps in key order, so that a file whose keys were moved about is the same policy. */
const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, entry]) => [key, canonical(entry)]),
  );
};

/** Names what a decision was made under, so that it can be replayed (I12): 12 hex digits of a SHA-256. */
export const policyVersion = (topology: Topology): string =>
  createHash('sha256')
    .update(JSON.stringify(canonical(topology)))
    .digest('hex')
    .slice(0, VERSION_DIGITS);

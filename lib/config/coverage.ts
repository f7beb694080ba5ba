import type { Deployment } from './deployment-schema';
import type { Finding, Path } from './findings';

export const zoneIds = ({ zones }: Pick<Deployment, 'zones'>): readonly string[] => zones.map(({ id }) => id);

export const dataZoneIds = ({ zones }: Pick<Deployment, 'zones'>): readonly string[] =>
  zones.filter(({ role }) => role !== 'witness').map(({ id }) => id);

/** A map by zone has one value for each of `wanted` and no other. */
export const coverage = (
  path: Path,
  values: Readonly<Record<string, unknown>>,
  wanted: readonly string[],
): readonly Finding[] => {
  const missing = wanted.filter((zone) => !(zone in values));
  const unknown = Object.keys(values).filter((zone) => !wanted.includes(zone));
  return [
    ...missing.map((zone) => ({
      path: [...path, zone],
      found: 'nothing',
      allowed: `a value for the zone ${zone}`,
    })),
    ...unknown.map((zone) => ({ path: [...path, zone], found: 'another zone', allowed: wanted.join(', ') })),
  ];
};

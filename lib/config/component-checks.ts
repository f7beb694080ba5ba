import { REGION_WITNESS } from '../domain/topology';
import type { CrossCheck } from './cross-checks';
import type { Deployment } from './deployment-schema';
import type { Finding, Path } from './findings';
import { shown } from './findings';
import { defaultSeenBy } from './to-topology';

const dataZoneIds = ({ zones }: Deployment): readonly string[] =>
  zones.filter(({ role }) => role !== 'witness').map(({ id }) => id);

/** A map by zone has one value for each of `wanted` and no other. */
const coverage = (path: Path, values: Readonly<Record<string, unknown>>, wanted: readonly string[]) => {
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

const everyDataZone = (deployment: Deployment): readonly Finding[] => {
  const { postgres, api } = deployment.components;
  const wanted = dataZoneIds(deployment);
  return [
    ...coverage(['components', 'postgres', 'endpoints'], postgres.endpoints, wanted),
    ...coverage(['components', 'postgres', 'hosts'], postgres.hosts, wanted),
    ...coverage(['components', 'api', 'endpoints'], api.endpoints, wanted),
  ];
};

const everyPeer = ({ peers, zones }: Deployment): readonly Finding[] =>
  coverage(
    ['peers'],
    peers,
    zones.map(({ id }) => id),
  );

const everyTarget = (deployment: Deployment): readonly Finding[] =>
  coverage(['traffic', 'targets'], deployment.traffic.targets, dataZoneIds(deployment));

const COMPONENTS = ['postgres', 'api'] as const;

const knownVoters = (deployment: Deployment): readonly Finding[] => {
  const witnesses = [...deployment.zones.map(({ id }) => id), REGION_WITNESS];
  return COMPONENTS.flatMap((component) =>
    (deployment.components[component].seenBy ?? []).flatMap((witness, index) =>
      witnesses.includes(witness)
        ? []
        : [
            {
              path: ['components', component, 'seenBy', index],
              found: shown(witness),
              allowed: witnesses.join(', '),
            },
          ],
    ),
  );
};

/** I10: with the accused zone's witness out, a majority and a voice from outside both data zones must remain. */
const outsideVoter = (deployment: Deployment): readonly Finding[] => {
  const inside = dataZoneIds(deployment);
  return COMPONENTS.flatMap((component) => {
    const voters = deployment.components[component].seenBy ?? defaultSeenBy(deployment, component === 'api');
    if (voters.some((witness) => !inside.includes(witness))) return [];
    return [
      {
        path: ['components', component, 'seenBy'],
        found: shown(voters),
        allowed: 'at least one witness outside both data zones',
        advice:
          'without it two zones that lost each other cannot be told from one that died; add a witness zone',
      },
    ];
  });
};

const gatesAreStores = ({ policy }: Deployment): readonly Finding[] =>
  policy.rpoGates.flatMap((gate, index) =>
    gate === 'postgres'
      ? []
      : [
          {
            path: ['policy', 'rpoGates', index],
            found: shown(gate),
            allowed: 'a store of `components`: postgres',
          },
        ],
  );

export const componentChecks: readonly CrossCheck[] = [
  { needs: ['zones', 'components'], find: everyDataZone },
  { needs: ['zones', 'peers'], find: everyPeer },
  { needs: ['zones', 'traffic'], find: everyTarget },
  { needs: ['zones', 'components'], find: knownVoters },
  { needs: ['zones', 'components'], find: outsideVoter },
  { needs: ['policy'], find: gatesAreStores },
];

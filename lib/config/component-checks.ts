import { REGION_WITNESS } from '../domain/topology';
import { coverage, dataZoneIds, zoneIds } from './coverage';
import type { CrossCheck } from './cross-checks';
import type { Deployment } from './deployment-schema';
import type { Finding } from './findings';
import { shown } from './findings';
import { storesIn } from './stores-in';
import { defaultSeenBy } from './to-topology';

const everyDataZone = (deployment: Deployment): readonly Finding[] => {
  const { api } = deployment.components;
  const wanted = dataZoneIds(deployment);
  return [
    ...storesIn(deployment).flatMap(([store, parts]) =>
      'hosts' in parts
        ? [
            ...coverage(['components', store, 'endpoints'], parts.endpoints, wanted),
            ...coverage(['components', store, 'hosts'], parts.hosts, wanted),
          ]
        : // A broker votes in the witness zone, too.
          coverage(['components', store, 'endpoints'], parts.endpoints, zoneIds(deployment)),
    ),
    ...coverage(['components', 'api', 'endpoints'], api.endpoints, wanted),
  ];
};

const everyPeer = (deployment: Deployment): readonly Finding[] =>
  coverage(['peers'], deployment.peers, zoneIds(deployment));

const partsOf = (deployment: Deployment) => [
  ...storesIn(deployment),
  ['api', deployment.components.api] as const,
];

const knownVoters = (deployment: Deployment): readonly Finding[] => {
  const witnesses = [...deployment.zones.map(({ id }) => id), REGION_WITNESS];
  return partsOf(deployment).flatMap(([component, { seenBy }]) =>
    (seenBy ?? []).flatMap((witness, index) =>
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
  return partsOf(deployment).flatMap(([component, { seenBy }]) => {
    const voters = seenBy ?? defaultSeenBy(deployment, component === 'api');
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

const gatesAreStores = (deployment: Deployment): readonly Finding[] => {
  const stores: readonly string[] = storesIn(deployment).map(([store]) => store);
  return deployment.policy.rpoGates.flatMap((gate, index) =>
    stores.includes(gate)
      ? []
      : [
          {
            path: ['policy', 'rpoGates', index],
            found: shown(gate),
            allowed: `a store of \`components\`: ${stores.join(', ')}`,
          },
        ],
  );
};

export const componentChecks: readonly CrossCheck[] = [
  { needs: ['zones', 'components'], find: everyDataZone },
  { needs: ['zones', 'peers'], find: everyPeer },
  { needs: ['zones', 'components'], find: knownVoters },
  { needs: ['zones', 'components'], find: outsideVoter },
  { needs: ['policy', 'components'], find: gatesAreStores },
];

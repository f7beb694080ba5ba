import type { CrossCheck } from './cross-checks';
import type { Deployment } from './deployment-schema';
import type { Finding, Path } from './findings';
import { shown } from './findings';
import { storesWithHostsIn } from './stores-in';

const missing = (path: Path, value: unknown, advice: string): readonly Finding[] =>
  value === undefined
    ? [{ path, found: 'nothing', allowed: 'a value, since target.kind is aws', advice }]
    : [];

const surplus = (path: Path, value: unknown, why: string): readonly Finding[] =>
  value === undefined
    ? []
    : [{ path, found: shown(value), allowed: `nothing, since target.kind is lab: ${why}` }];

/** What the stack needs in an account and cannot make up. */
const awsNeeds = ({ target, zones, traffic, ...deployment }: Deployment): readonly Finding[] => [
  ...missing(['target', 'vpcId'], target.vpcId, 'the VPC of the stores, in which the witnesses run'),
  ...zones.flatMap(({ id, subnetId }, index) =>
    missing(['zones', index, 'subnetId'], subnetId, `a subnet in ${id} pins its witness there`),
  ),
  ...storesWithHostsIn(deployment).flatMap(([store, { passwordSecret }]) =>
    missing(
      ['components', store, 'passwordSecret'],
      passwordSecret,
      'store the password in Secrets Manager and name the secret here',
    ),
  ),
  ...(traffic.kind === 'route53'
    ? missing(
        ['traffic', 'hostedZoneId'],
        traffic.hostedZoneId,
        'the hosted zone that answers the public name',
      )
    : []),
];

const labHasNo = ({ target, traffic, ...deployment }: Deployment): readonly Finding[] => [
  ...surplus(['target', 'account'], target.account, 'a lab has no account'),
  ...surplus(['target', 'vpcId'], target.vpcId, 'a lab has no VPC'),
  ...storesWithHostsIn(deployment).flatMap(([store, { passwordSecret }]) =>
    surplus(['components', store, 'passwordSecret'], passwordSecret, 'a lab makes its own password'),
  ),
  ...surplus(['traffic', 'hostedZoneId'], traffic.hostedZoneId, 'a lab makes its own hosted zone'),
];

const hostKinds = (deployment: Deployment): readonly Finding[] => {
  const { kind } = deployment.target;
  const wanted = kind === 'lab' ? 'agent' : 'instanceId';
  const hosts = storesWithHostsIn(deployment).flatMap(([store, each]) =>
    Object.entries(each.hosts).map(([zone, host]) => ({ store, zone, host })),
  );
  return hosts.flatMap(({ store, zone, host }) =>
    wanted in host
      ? []
      : [
          {
            path: ['components', store, 'hosts', zone],
            found: `the key ${Object.keys(host).join()}`,
            allowed: `the key ${wanted}, since target.kind is ${kind}`,
          },
        ],
  );
};

const SECTIONS = ['target', 'zones', 'components', 'traffic'] as const;

export const targetChecks: readonly CrossCheck[] = [
  { needs: SECTIONS, find: (deployment) => (deployment.target.kind === 'aws' ? awsNeeds(deployment) : []) },
  { needs: SECTIONS, find: (deployment) => (deployment.target.kind === 'lab' ? labHasNo(deployment) : []) },
  { needs: ['target', 'components'], find: hostKinds },
];

import { coverage, dataZoneIds } from './coverage';
import type { CrossCheck } from './cross-checks';
import type { Deployment } from './deployment-schema';
import type { Finding } from './findings';
import { shown } from './findings';
import { WHOLE } from '../domain/traffic/weights';
import { LONGEST_SHIFT_SECONDS } from './to-traffic';

type Traffic = Deployment['traffic'];
type Key = keyof Traffic;

/** Without a default, so that a key that was written can be told from one that was not. */
const KEYS_OF: Readonly<
  Record<Traffic['kind'], { readonly needed: readonly Key[]; readonly other: readonly Key[] }>
> = {
  route53: { needed: ['hostedZoneName', 'recordName', 'targets'], other: ['ruleArn', 'targetGroups'] },
  alb: {
    needed: ['ruleArn', 'targetGroups'],
    other: ['hostedZoneName', 'hostedZoneId', 'recordName', 'targets'],
  },
};

const missing = (key: string, allowed: string): Finding => ({
  path: ['traffic', ...key.split('.')],
  found: 'nothing',
  allowed,
});

const surplus = (key: string, why: string): Finding => ({
  path: ['traffic', ...key.split('.')],
  found: 'a value',
  allowed: `nothing, since ${why}`,
});

const keysOfKind = ({ traffic }: Deployment): readonly Finding[] => {
  const { needed, other } = KEYS_OF[traffic.kind];
  const since = `traffic.kind is ${traffic.kind}`;
  return [
    ...needed
      .filter((key) => traffic[key] === undefined)
      .map((key) => missing(key, `a value, since ${since}`)),
    ...other.filter((key) => traffic[key] !== undefined).map((key) => surplus(key, since)),
  ];
};

const PER_ZONE = ['targets', 'targetGroups'] as const;

const everyZone = (deployment: Deployment): readonly Finding[] => {
  const { traffic } = deployment;
  const wanted = dataZoneIds(deployment);
  const capacities = traffic.samples?.requestsPerSecond;
  return [
    ...PER_ZONE.flatMap((key) => {
      const values = traffic[key];
      return values === undefined ? [] : coverage(['traffic', key], values, wanted);
    }),
    ...(capacities === undefined
      ? []
      : coverage(['traffic', 'samples', 'requestsPerSecond'], capacities, wanted)),
  ];
};

const bare = (domain: string): string => domain.toLowerCase().replace(/\.$/, '');

const recordInZone = ({ traffic: { recordName, hostedZoneName } }: Deployment): readonly Finding[] => {
  if (recordName === undefined || hostedZoneName === undefined) return [];
  return bare(recordName).endsWith(`.${bare(hostedZoneName)}`)
    ? []
    : [
        {
          path: ['traffic', 'recordName'],
          found: shown(recordName),
          allowed: `a name below hostedZoneName, like orders.${bare(hostedZoneName)}`,
        },
      ];
};

/** The local Region's load balancer knows no weights, so what it said would be none. */
const labHasNoAlb = ({ target, traffic }: Deployment): readonly Finding[] =>
  target.kind === 'lab' && traffic.kind === 'alb'
    ? [{ path: ['traffic', 'kind'], found: 'alb', allowed: 'route53, since target.kind is lab' }]
    : [];

const samplesOfKind = ({ traffic: { kind, samples } }: Deployment): readonly Finding[] => {
  if (samples === undefined) return [];
  if (samples.kind === 'api')
    return samples.requestsPerSecond === undefined
      ? []
      : [
          surplus(
            'samples.requestsPerSecond',
            'traffic.samples.kind is api, which tells its capacity itself',
          ),
        ];
  const since = 'traffic.samples.kind is cloudwatch';
  return [
    ...(kind === 'alb'
      ? []
      : [
          {
            path: ['traffic', 'samples', 'kind'],
            found: 'cloudwatch',
            allowed: `api, since traffic.kind is ${kind}: the metrics are those of traffic.ruleArn's load balancer`,
          },
        ]),
    ...(samples.requestsPerSecond === undefined
      ? [
          missing(
            'samples.requestsPerSecond',
            `a value, since ${since}, which does not know what a zone can carry`,
          ),
        ]
      : []),
    ...(samples.path === undefined ? [] : [surplus('samples.path', since)]),
  ];
};

const samplesNeedSteps = ({ traffic: { steps, samples } }: Deployment): readonly Finding[] =>
  samples !== undefined && steps === undefined
    ? [missing('steps', 'a map, or {} for the defaults: traffic.samples are looked at between steps')]
    : [];

/** A step begins by its patience at the latest; all of them have to end before the execution is timed out. */
const stepsFit = ({ traffic: { steps } }: Deployment): readonly Finding[] => {
  if (steps === undefined) return [];
  const { percent, seconds, patienceSeconds } = steps;
  const longest = percent.length * patienceSeconds;
  return [
    ...(patienceSeconds > seconds
      ? []
      : [
          {
            path: ['traffic', 'steps', 'patienceSeconds'],
            found: `${patienceSeconds}`,
            allowed: `more than traffic.steps.seconds (${seconds})`,
          },
        ]),
    ...(longest <= LONGEST_SHIFT_SECONDS
      ? []
      : [
          {
            path: ['traffic', 'steps', 'patienceSeconds'],
            found: `${patienceSeconds}, so that ${percent.length} steps take up to ${longest} s`,
            allowed: `at most ${LONGEST_SHIFT_SECONDS} s for all steps`,
          },
        ]),
  ];
};

const balanceFits = (deployment: Deployment): readonly Finding[] => {
  const { mode, traffic } = deployment;
  const { balance } = traffic;
  if (balance === undefined) return [];
  if (mode !== 'active-active')
    return [surplus('balance', `mode is ${mode}: all traffic goes with the writer`)];
  const { shares } = balance;
  if (shares === undefined) return [];
  const sum = Object.values(shares).reduce((total, share) => total + share, 0);
  return [
    ...coverage(['traffic', 'balance', 'shares'], shares, dataZoneIds(deployment)),
    ...(sum === WHOLE
      ? []
      : [
          {
            path: ['traffic', 'balance', 'shares'],
            found: `${sum} percent in all`,
            allowed: '100 percent in all',
          },
        ]),
  ];
};

export const trafficChecks: readonly CrossCheck[] = [
  { needs: ['traffic'], find: keysOfKind },
  { needs: ['traffic', 'zones'], find: everyZone },
  { needs: ['traffic'], find: recordInZone },
  { needs: ['target', 'traffic'], find: labHasNoAlb },
  { needs: ['traffic'], find: samplesOfKind },
  { needs: ['traffic'], find: samplesNeedSteps },
  { needs: ['traffic'], find: stepsFit },
  { needs: ['mode', 'traffic', 'zones'], find: balanceFits },
];

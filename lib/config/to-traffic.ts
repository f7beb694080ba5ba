import type { SamplesConfig, TrafficConfig, ZoneId } from '../domain/topology';
import type { BalancePolicy } from '../domain/traffic/balance';
import { BALANCE_DEFAULTS, evenShares } from '../domain/traffic/balance';
import type { ShiftPolicy } from '../domain/traffic/shift-policy';
import { SHIFT_DEFAULTS } from '../domain/traffic/shift-policy';
import { dataZoneIds } from './coverage';
import type { Deployment } from './deployment-schema';

type Traffic = Deployment['traffic'];

/** The execution may take an hour; the rest of a move needs far less than what is left. */
export const LONGEST_SHIFT_SECONDS = 3_000;

const ms = (seconds: number): number => Math.round(seconds * 1000);

const policyOf = (steps: NonNullable<Traffic['steps']>): ShiftPolicy => ({
  steps: steps.percent,
  dwellMs: ms(steps.seconds),
  patienceMs: ms(steps.patienceSeconds),
  minSamples: steps.minSamples,
  maxErrorPercent: steps.maxErrorPercent,
  maxP99Ms: ms(steps.maxP99Seconds),
  maxUtilisationPercent: steps.maxUtilisationPercent,
});

/** `arn:…:listener-rule/app/orders/50dc…/f2f7…/9683…` is a rule of `app/orders/50dc…`, as metrics name it. */
const loadBalancerOf = (ruleArn: string): string =>
  (ruleArn.split(':listener-rule/')[1] ?? '').split('/').slice(0, 3).join('/');

const targetGroupOf = (arn: string): string => arn.slice(arn.indexOf('targetgroup/'));

const dimensionsOf = (targetGroups: Readonly<Record<ZoneId, string>>): Readonly<Record<ZoneId, string>> =>
  Object.fromEntries(Object.entries(targetGroups).map(([zone, arn]) => [zone, targetGroupOf(arn)]));

const samplesOf = ({ samples, ruleArn = '', targetGroups = {} }: Traffic): SamplesConfig | undefined => {
  if (samples?.kind === 'api') return { kind: 'api', path: samples.path ?? '/samples' };
  if (samples === undefined) return undefined;
  const { requestsPerSecond = {} } = samples;
  const loadBalancer = loadBalancerOf(ruleArn);
  return { kind: 'cloudwatch', loadBalancer, targetGroups: dimensionsOf(targetGroups), requestsPerSecond };
};

const balanceOf = (deployment: Deployment): BalancePolicy | undefined => {
  if (deployment.mode !== 'active-active') return undefined;
  const { steps, balance = { ...BALANCE_DEFAULTS } } = deployment.traffic;
  const shares = 'shares' in balance ? balance.shares : undefined;
  return {
    shares: shares ?? evenShares(dataZoneIds(deployment)),
    returnAfterMs: ms(balance.returnAfterSeconds),
    dwellMs: ms(balance.stepSeconds),
    steps: steps?.percent ?? SHIFT_DEFAULTS.steps,
  };
};

/** What `trafficChecks` has seen to be there. */
export const trafficOf = (deployment: Deployment): TrafficConfig => {
  const { traffic } = deployment;
  const samples = samplesOf(traffic);
  const balance = balanceOf(deployment);
  const base = {
    servicePort: traffic.servicePort,
    ...(traffic.steps === undefined ? {} : { progressive: policyOf(traffic.steps) }),
    ...(samples === undefined ? {} : { samples }),
    ...(balance === undefined ? {} : { balance }),
  };
  if (traffic.kind === 'alb') {
    const { ruleArn = '', targetGroups = {} } = traffic;
    return { ...base, kind: 'alb', ruleArn, targetGroups };
  }
  const { hostedZoneName = '', hostedZoneId, recordName = '', ttlSeconds, targets = {} } = traffic;
  const zone = hostedZoneId === undefined ? {} : { hostedZoneId };
  return { ...base, kind: 'route53', hostedZoneName, ...zone, recordName, ttlSeconds, targets };
};

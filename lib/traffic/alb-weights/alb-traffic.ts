import type { Action, Rule, TargetGroupTuple } from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { DamagedState, Unreachable } from '../../domain/errors';
import type { AlbTrafficConfig, ZoneId } from '../../domain/topology';
import type { Traffic, Weights } from '../../ports/traffic';

export interface AlbTrafficOptions {
  readonly traffic: AlbTrafficConfig;
  readonly client?: ElasticLoadBalancingV2Client;
}

type Call = (signal: AbortSignal) => Promise<unknown>;

/** The rule has one forward action; what comes before it, as an authentication, is none of Evac's. */
const isForward = ({ Type }: Action): boolean => Type === 'forward';

const groupsOf = (rule: Rule): readonly TargetGroupTuple[] =>
  rule.Actions?.find(isForward)?.ForwardConfig?.TargetGroups ?? [];

const isSticky = (rule: Rule): boolean =>
  rule.Actions?.find(isForward)?.ForwardConfig?.TargetGroupStickinessConfig?.Enabled === true;

/** One with a single group and no ForwardConfig has it by its own ARN, and all traffic goes there. */
const weightOf = (rule: Rule, targetGroup: string): number => {
  const found = groupsOf(rule).find(({ TargetGroupArn }) => TargetGroupArn === targetGroup);
  if (found !== undefined) return found.Weight ?? 0;
  const alone = rule.Actions?.find(isForward)?.TargetGroupArn;
  return groupsOf(rule).length === 0 && alone === targetGroup ? 100 : 0;
};

/**
 * What ModifyRule replaces is the whole list, so all other actions go back as they were. Stickiness of the group is
 * turned off: with it a client stays in the zone that it is to leave, whatever the weights say.
 */
const withWeights = (actions: readonly Action[], groups: readonly TargetGroupTuple[]): Action[] =>
  actions.map((action) => {
    if (!isForward(action)) return action;
    const stickiness = { TargetGroupStickinessConfig: { Enabled: false } };
    const ForwardConfig = { TargetGroups: [...groups], ...stickiness };
    return { ...action, TargetGroupArn: undefined, ForwardConfig };
  });

/**
 * One listener rule of an Application Load Balancer, one target group a zone. Weights are absolute, so a shift that ran
 * twice is a desired state. The data plane of the Region: nothing of it lives in us-east-1, as Route 53's control plane.
 * Limits: weight 0-999 (Elastic Load Balancing, weighted target groups); Evac uses 0-100.
 */
export const createAlbTraffic = ({ traffic, client: given }: AlbTrafficOptions): Traffic => {
  const { ruleArn, targetGroups } = traffic;
  let client = given;
  const elb = (): ElasticLoadBalancingV2Client =>
    (client ??= new ElasticLoadBalancingV2Client({ maxAttempts: 2 }));

  const send = async <T>(doing: string, timeoutMs: number, call: (signal: AbortSignal) => Promise<T>) =>
    call(AbortSignal.timeout(timeoutMs)).catch((cause: unknown) => {
      throw new Unreachable(`the load balancer did not ${doing} ${ruleArn} within ${timeoutMs} ms`, {
        cause,
      });
    });

  const describe = async (timeoutMs: number): Promise<Rule> => {
    const { Rules = [] } = await send('describe', timeoutMs, (abortSignal) =>
      elb().send(new DescribeRulesCommand({ RuleArns: [ruleArn] }), { abortSignal }),
    );
    return requireForward(Rules[0], ruleArn);
  };

  const read = async (timeoutMs: number): Promise<Weights> => weightsIn(await describe(timeoutMs), traffic);

  return {
    current: read,
    shift: async (weights, timeoutMs) => {
      const groups = groupsFor(weights, targetGroups);
      const { Actions = [] } = await describe(timeoutMs);
      const modify: Call = (abortSignal) =>
        elb().send(new ModifyRuleCommand({ RuleArn: ruleArn, Actions: withWeights(Actions, groups) }), {
          abortSignal,
        });
      await send('modify', timeoutMs, modify);
      const changed = await describe(timeoutMs);
      if (isSticky(changed)) throw stillSticky(ruleArn);
      return weightsIn(changed, traffic);
    },
  };
};

const stillSticky = (ruleArn: string): Unreachable =>
  new Unreachable(`${ruleArn} still keeps clients in their target group; its weights do not move them`);

const requireForward = (rule: Rule | undefined, ruleArn: string): Rule => {
  if (rule?.IsDefault === true)
    throw new DamagedState(
      `traffic.ruleArn ${ruleArn} is a listener's default rule, whose weights cannot be changed; make a rule of its own`,
    );
  if (rule?.Actions?.some(isForward) === true) return rule;
  throw new DamagedState(
    `traffic.ruleArn ${ruleArn} has no forward action; give it one with the target groups of traffic.targetGroups`,
  );
};

const weightsIn = (rule: Rule, { targetGroups }: AlbTrafficConfig): Weights =>
  Object.fromEntries(
    Object.entries(targetGroups).map(([zone, targetGroup]) => [zone, weightOf(rule, targetGroup)]),
  );

const groupsFor = (
  weights: Weights,
  targetGroups: Readonly<Record<ZoneId, string>>,
): readonly TargetGroupTuple[] =>
  Object.entries(weights).map(([zone, Weight]) => {
    const TargetGroupArn = targetGroups[zone];
    if (TargetGroupArn === undefined)
      throw new DamagedState(
        `traffic.targetGroups names no target group for ${zone}; add it to the configuration and deploy`,
      );
    return { TargetGroupArn, Weight };
  });

import type { Action, Rule } from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { mockClient } from 'aws-sdk-client-mock';
import { createAlbTraffic } from '../../lib/traffic/alb-weights/alb-traffic';

/** The local Region drops the weights of a forward, so the wire is all that can be looked at here. */
const elb = mockClient(ElasticLoadBalancingV2Client);

const ARN = 'arn:aws:elasticloadbalancing:us-east-1:123456789012';
const ruleArn = `${ARN}:listener-rule/app/orders/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee`;
const targetGroups = { 'az-a': `${ARN}:targetgroup/orders-a/1`, 'az-b': `${ARN}:targetgroup/orders-b/2` };
const traffic = createAlbTraffic({
  traffic: { kind: 'alb', ruleArn, targetGroups, servicePort: 443 },
  client: new ElasticLoadBalancingV2Client({ region: 'us-east-1' }),
});

const forward = (a: number | undefined, b: number, changes: Partial<Action> = {}): Action => ({
  Type: 'forward',
  ForwardConfig: {
    TargetGroups: [
      { TargetGroupArn: targetGroups['az-a'], ...(a === undefined ? {} : { Weight: a }) },
      { TargetGroupArn: targetGroups['az-b'], Weight: b },
    ],
  },
  ...changes,
});
const sticky = (enabled: boolean): Action => ({
  ...forward(0, 100),
  ForwardConfig: {
    ...forward(0, 100).ForwardConfig,
    TargetGroupStickinessConfig: { Enabled: enabled, ...(enabled ? { DurationSeconds: 60 } : {}) },
  },
});
const rule = (...Actions: Action[]): Rule => ({ RuleArn: ruleArn, IsDefault: false, Actions });

/** What is described before a change, and after it. */
const described = (...rules: (Rule | undefined)[]) => {
  const answers = elb.on(DescribeRulesCommand);
  for (const each of rules) answers.resolvesOnce({ Rules: each === undefined ? [] : [each] });
};
const modified = () => elb.commandCalls(ModifyRuleCommand).map(({ args: [command] }) => command.input);

beforeEach(() => {
  elb.reset();
  elb.on(ModifyRuleCommand).resolves({});
});

describe('the weights in force', () => {
  it.each<[string, Action, object]>([
    ['of its target groups', forward(75, 25), { 'az-a': 75, 'az-b': 25 }],
    ['0 where there is none', forward(undefined, 25), { 'az-a': 0, 'az-b': 25 }],
    [
      'all of it for a group that stands alone',
      { Type: 'forward', TargetGroupArn: targetGroups['az-b'] },
      { 'az-a': 0, 'az-b': 100 },
    ],
  ])('are read from the one rule: %s', async (_what, action, weights) => {
    described(rule({ Type: 'authenticate-oidc' }, action));
    expect(await traffic.current(1_000)).toEqual(weights);
    expect(elb.commandCalls(DescribeRulesCommand)[0]?.args[0].input).toEqual({ RuleArns: [ruleArn] });
  });

  it.each<[string, Rule | undefined, RegExp]>([
    [
      'is a default rule',
      { ...rule(forward(100, 0)), IsDefault: true },
      /default rule, whose weights cannot/,
    ],
    ['forwards nothing', rule({ Type: 'redirect' }), /has no forward action; give it one/],
    ['has no actions', { RuleArn: ruleArn }, /has no forward action/],
    ['is not there', undefined, /has no forward action/],
  ])('cannot be those of a rule that %s', async (_what, found, message) => {
    described(found);
    await expect(traffic.current(1_000)).rejects.toMatchObject({
      name: 'DamagedState',
      message: expect.stringMatching(message) as unknown,
    });
  });

  it('cannot be read from an answer with no rules in it', async () => {
    elb.on(DescribeRulesCommand).resolves({});
    await expect(traffic.current(1_000)).rejects.toMatchObject({ name: 'DamagedState' });
  });

  it('cannot be read: Unreachable, with the cause', async () => {
    const cause = new Error('Throttling');
    elb.on(DescribeRulesCommand).rejects(cause);
    await expect(traffic.current(1_000)).rejects.toMatchObject({
      name: 'Unreachable',
      message: `the load balancer did not describe ${ruleArn} within 1000 ms`,
      cause,
    });
  });
});

describe('a shift', () => {
  const away = { 'az-a': 0, 'az-b': 100 };

  it('sets all weights at once, and answers what is read back', async () => {
    described(rule(forward(100, 0)), rule(forward(0, 100)));
    expect(await traffic.shift(away, 1_000)).toEqual(away);
    expect(modified()).toEqual([
      {
        RuleArn: ruleArn,
        Actions: [
          {
            Type: 'forward',
            ForwardConfig: {
              TargetGroups: [
                { TargetGroupArn: targetGroups['az-a'], Weight: 0 },
                { TargetGroupArn: targetGroups['az-b'], Weight: 100 },
              ],
              TargetGroupStickinessConfig: { Enabled: false },
            },
          },
        ],
      },
    ]);
  });

  it('gives all other actions back as they were, and keeps a forward’s place among them', async () => {
    const login: Action = { Type: 'authenticate-oidc', Order: 1 };
    const before = forward(100, 0, { Order: 2, TargetGroupArn: targetGroups['az-a'] });
    described(rule(login, before), rule(login, forward(0, 100)));
    await traffic.shift(away, 1_000);
    const [first, second] = modified()[0]?.Actions ?? [];
    expect(first).toEqual(login);
    expect(second).toMatchObject({ Type: 'forward', Order: 2 });
    expect(second?.TargetGroupArn).toBeUndefined();
  });

  it('that leaves clients bound to their zone is none', async () => {
    described(rule(sticky(true)), rule(sticky(true)));
    await expect(traffic.shift(away, 1_000)).rejects.toMatchObject({
      name: 'Unreachable',
      message: `${ruleArn} still keeps clients in their target group; its weights do not move them`,
    });
  });

  it('turns off what binds clients to their zone', async () => {
    described(rule(sticky(true)), rule(sticky(false)));
    expect(await traffic.shift(away, 1_000)).toEqual(away);
  });

  it('to a zone without a target group is refused before anything is asked', async () => {
    await expect(traffic.shift({ 'az-c': 100 }, 1_000)).rejects.toMatchObject({
      name: 'DamagedState',
      message: 'traffic.targetGroups names no target group for az-c; add it to the configuration and deploy',
    });
    expect(elb.calls()).toHaveLength(0);
  });

  it('that is not taken is Unreachable, and nothing is read back', async () => {
    described(rule(forward(100, 0)));
    elb.on(ModifyRuleCommand).rejects(new Error('AccessDenied'));
    await expect(traffic.shift(away, 1_000)).rejects.toMatchObject({
      name: 'Unreachable',
      message: `the load balancer did not modify ${ruleArn} within 1000 ms`,
    });
    expect(elb.commandCalls(DescribeRulesCommand)).toHaveLength(1);
  });

  it('changes nothing of a rule that is not one to be changed', async () => {
    described({ ...rule(forward(100, 0)), IsDefault: true });
    await expect(traffic.shift(away, 1_000)).rejects.toMatchObject({ name: 'DamagedState' });
    expect(modified()).toEqual([]);
  });
});

it('makes its own client, once, where none is given', async () => {
  described(rule(forward(100, 0)), rule(forward(100, 0)));
  const own = createAlbTraffic({ traffic: { kind: 'alb', ruleArn, targetGroups, servicePort: 443 } });
  await own.current(1_000);
  expect(await own.current(1_000)).toEqual({ 'az-a': 100, 'az-b': 0 });
});

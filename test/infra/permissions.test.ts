import type { Template } from 'aws-cdk-lib/assertions';
import { witnessFunctionName } from '../../lib/contract/names';
import type { Topology } from '../../lib/domain/topology';
import { witnessesOf } from '../../lib/domain/topology';
import type { HandlerName } from '../../lib/infra/bundling/handler-folders';
import { HANDLER_NAMES } from '../../lib/infra/bundling/handler-folders';
import type { ConfigName } from './synthesized';
import { resourcesOf, synthesized } from './synthesized';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const asList = <T>(value: T | readonly T[]): readonly T[] =>
  Array.isArray(value) ? (value as readonly T[]) : [value as T];

const statementsOf = ({ Properties }: { Properties: Readonly<Record<string, unknown>> }) =>
  (Properties['PolicyDocument'] as { readonly Statement: readonly Statement[] }).Statement;

/** The statements of every role, by the role's logical id. */
const statementsByRole = (template: Template): ReadonlyMap<string, readonly Statement[]> => {
  const policies = Object.values(resourcesOf(template, 'AWS::IAM::Policy'));
  const byRole = policies.flatMap((policy) =>
    (policy.Properties['Roles'] as { readonly Ref: string }[]).map(
      ({ Ref }) => [Ref, statementsOf(policy)] as const,
    ),
  );
  return new Map(byRole);
};

const statementsOfFunction = (template: Template, functionName: string): readonly Statement[] => {
  const functions = Object.values(resourcesOf(template, 'AWS::Lambda::Function'));
  const found = functions.find(({ Properties }) => Properties['FunctionName'] === functionName);
  const [role] = (found?.Properties['Role'] as { 'Fn::GetAtt': [string, string] })['Fn::GetAtt'];
  return statementsByRole(template).get(role) ?? [];
};

const STATE = ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'ConditionCheckItem'].map(
  (name) => `dynamodb:${name}`,
);
const LOGS = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const NETWORK = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];
const SHIFT = ['route53:ChangeResourceRecordSets', 'route53:GetChange', 'route53:ListResourceRecordSets'];
const HOSTS = ['ssm:SendCommand', 'ssm:GetCommandInvocation'];
/** The dead letters of its own. */
const QUEUE = ['sqs:SendMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'];
const ASK = ['lambda:InvokeFunction'];

/** Kept by hand, so that a permission is never given by a slip: on AWS, beside the log group of its own. */
const EXPECTED: Readonly<Record<HandlerName, readonly string[]>> = {
  'claim-failover': [...STATE, ...ASK],
  'check-resources': [...STATE, ...NETWORK, ...ASK],
  'fence-writers': [...STATE, ...NETWORK, ...HOSTS],
  'wait-for-sync': [...STATE, ...NETWORK],
  'switch-redis': [...STATE, ...NETWORK],
  'switch-kafka': [...STATE, ...NETWORK],
  'switch-objects': [...STATE, ...NETWORK],
  'switch-postgres': [...STATE, ...NETWORK],
  'verify-health': [...STATE, ...NETWORK],
  'verify-data': [...STATE, ...NETWORK],
  'admit-writes': [...STATE, ...NETWORK],
  'shift-traffic': [...STATE, ...SHIFT],
  'guard-traffic': [...STATE, ...NETWORK],
  'verify-service': [...STATE, ...NETWORK, 'route53:ListResourceRecordSets'],
  'commit-failover': STATE,
  // These two may have to finish an operation, so they run its steps.
  'roll-back': [...STATE, ...NETWORK, ...HOSTS, ...SHIFT],
  'record-outcome': [...STATE, 'cloudwatch:PutMetricData', 'states:StartExecution'],
  'plan-rollback': STATE,
  'degrade-standby': [...STATE, ...NETWORK],
  'claim-rebuild': [...STATE, ...ASK],
  'rejoin-standby': [...STATE, ...NETWORK, ...HOSTS],
  'restore-sync': [...STATE, ...NETWORK],
  'verify-copies': [...STATE, ...NETWORK],
  'change-sync': [...STATE, ...ASK, 'states:StartExecution'],
  'probe-zone': [...STATE, ...NETWORK, 'states:StartExecution', ...ASK, 'cloudwatch:PutMetricData'],
  'intake-alarm': [...STATE, ...ASK, 'states:StartExecution', ...QUEUE],
  'reconcile-seat': [
    ...STATE,
    ...NETWORK,
    ...HOSTS,
    ...SHIFT,
    'states:DescribeExecution',
    'states:StopExecution',
    ...QUEUE,
  ],
  'balance-traffic': [...STATE, ...ASK, ...SHIFT],
  'start-claimed': [
    ...STATE,
    'states:StartExecution',
    'dynamodb:DescribeStream',
    'dynamodb:GetRecords',
    'dynamodb:GetShardIterator',
    'dynamodb:ListStreams',
    ...QUEUE,
  ],
  'keep-warm': ASK,
  'sample-sync': [...STATE, ...NETWORK],
  'report-sync': [...STATE, 'cloudwatch:PutMetricData'],
};

/** Actions for which AWS has no resource-level permission (Service Authorization Reference), and what limits them. */
const WITHOUT_RESOURCE: Readonly<Record<string, string>> = {
  'cloudwatch:PutMetricData': 'limited by the condition cloudwatch:namespace',
  'ssm:GetCommandInvocation': 'reads the result of a command; sending one is limited to the instances',
  'dynamodb:ListStreams': 'lists names',
  'xray:PutTraceSegments': 'traces of the state machines',
  'xray:PutTelemetryRecords': 'traces of the state machines',
  'xray:GetSamplingRules': 'traces of the state machines',
  'xray:GetSamplingTargets': 'traces of the state machines',
  'logs:CreateLogDelivery': 'log delivery of the state machines',
  'logs:GetLogDelivery': 'log delivery of the state machines',
  'logs:UpdateLogDelivery': 'log delivery of the state machines',
  'logs:DeleteLogDelivery': 'log delivery of the state machines',
  'logs:ListLogDeliveries': 'log delivery of the state machines',
  'logs:PutResourcePolicy': 'log delivery of the state machines',
  'logs:DescribeResourcePolicies': 'log delivery of the state machines',
  'logs:DescribeLogGroups': 'log delivery of the state machines',
  ...Object.fromEntries(NETWORK.map((action) => [action, 'the network interfaces of a Lambda in a VPC'])),
};

const recordNameOf = ({ traffic }: Topology): string =>
  traffic.kind === 'route53' ? traffic.recordName : 'no record';

const stacks = { lab: synthesized('lab'), aws: synthesized('aws') };

describe.each(Object.keys(stacks) as ConfigName[])('permissions for %s', (config) => {
  const { template, topology } = stacks[config];
  const all = [...statementsByRole(template).values()].flat();

  test('no statement allows every action, of all or of one service', () => {
    const wild = all.filter(({ Action }) => asList(Action).some((action) => action.includes('*')));
    expect(wild).toEqual([]);
  });

  test('no statement covers every resource, but where AWS knows no other', () => {
    const actions = all
      .filter(({ Resource }) => asList(Resource).includes('*'))
      .flatMap(({ Action }) => asList(Action));
    expect(actions.filter((action) => !(action in WITHOUT_RESOURCE))).toEqual([]);
  });

  test('every policy is of ours: no managed one that gives more', () => {
    for (const { Properties } of Object.values(resourcesOf(template, 'AWS::IAM::Role')))
      expect(Properties['ManagedPolicyArns']).toBeUndefined();
  });

  test('every Lambda has a role of its own', () => {
    const roles = Object.values(resourcesOf(template, 'AWS::Lambda::Function')).map(({ Properties }) =>
      JSON.stringify(Properties['Role']),
    );
    expect(new Set(roles).size).toBe(roles.length);
  });

  test('the state table is reached by key, within the workload', () => {
    const onItems = all.filter(({ Action }) => asList(Action).includes('dynamodb:PutItem'));
    expect(onItems.length).toBeGreaterThan(0);
    for (const statement of onItems)
      expect(statement.Condition).toEqual({
        'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [topology.workload] },
      });
  });

  test('metrics go into one namespace, traffic changes to one name', () => {
    const conditionOf = (action: string) =>
      all.filter(({ Action }) => asList(Action).includes(action)).map(({ Condition }) => Condition);
    for (const condition of conditionOf('cloudwatch:PutMetricData'))
      expect(condition).toEqual({ StringEquals: { 'cloudwatch:namespace': 'Evac' } });
    expect(conditionOf('route53:ChangeResourceRecordSets')).toHaveLength(4);
    for (const condition of conditionOf('route53:ChangeResourceRecordSets'))
      expect(condition).toEqual({
        'ForAllValues:StringEquals': {
          'route53:ChangeResourceRecordSetsNormalizedRecordNames': [recordNameOf(topology)],
          'route53:ChangeResourceRecordSetsRecordTypes': ['A'],
        },
      });
  });

  test('a state machine calls its own steps only', () => {
    const machines = Object.values(resourcesOf(template, 'AWS::StepFunctions::StateMachine'));
    for (const { Properties } of machines) {
      const substitutions = Object.values(Properties['DefinitionSubstitutions'] as object) as unknown[];
      const [role] = (Properties['RoleArn'] as { 'Fn::GetAtt': [string, string] })['Fn::GetAtt'];
      const granted = (statementsByRole(template).get(role) ?? [])
        .filter(({ Action }) => asList(Action).includes('lambda:InvokeFunction'))
        .flatMap(({ Resource }) => asList(Resource));
      expect(substitutions).toEqual(expect.arrayContaining([...granted]));
      const steps = substitutions.filter((value) => JSON.stringify(value).includes('GetAtt'));
      expect(granted).toHaveLength(steps.length);
    }
  });
});

describe('what each Lambda may do in an account', () => {
  const { template, topology } = stacks.aws;
  const actionsOf = (functionName: string): readonly string[] =>
    statementsOfFunction(template, functionName).flatMap(({ Action }) => asList(Action));

  test.each(HANDLER_NAMES.filter((name) => name !== 'probe-zone'))('%s', (name) => {
    const actions = actionsOf(`evac-${topology.workload}-${name}`);
    expect([...actions].sort()).toEqual([...LOGS, ...EXPECTED[name]].sort());
  });

  test.each(witnessesOf(topology))('the witness %s', (witness) => {
    const actions = actionsOf(witnessFunctionName(topology.workload, witness));
    const expected = [...LOGS, ...EXPECTED['probe-zone']];
    const inNoVpc = expected.filter((action) => !NETWORK.includes(action));
    expect([...actions].sort()).toEqual((witness === 'region' ? inNoVpc : expected).sort());
  });

  test('a load balancer’s traffic is one rule, its samples its metrics, and no record is touched', () => {
    const ruleArn = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:listener-rule/app/orders/5/f/9';
    const samples = {
      kind: 'cloudwatch',
      loadBalancer: 'app/orders/5',
      targetGroups: {},
      requestsPerSecond: {},
    } as const;
    const { template: other } = synthesized('aws', (same) => ({
      ...same,
      traffic: { kind: 'alb', ruleArn, targetGroups: {}, servicePort: 443, samples },
    }));
    const of = (name: string) => statementsOfFunction(other, `evac-${topology.workload}-${name}`);
    const modifying = of('shift-traffic').filter(({ Action }) =>
      asList(Action).includes('elasticloadbalancing:ModifyRule'),
    );
    expect(modifying.map(({ Resource }) => Resource)).toEqual([ruleArn]);
    const actions = (name: string) => of(name).flatMap(({ Action }) => asList(Action));
    expect(actions('guard-traffic')).toContain('cloudwatch:GetMetricData');
    expect(actions('verify-service')).toContain('elasticloadbalancing:DescribeRules');
    expect(actions('verify-service')).not.toContain('elasticloadbalancing:ModifyRule');
    const all = [...statementsByRole(other).values()].flat().flatMap(({ Action }) => asList(Action));
    expect(all.filter((action) => action.startsWith('route53:'))).toEqual([]);
  });

  test('hosts are commanded by instance, with one document', () => {
    const [statement] = statementsOfFunction(template, `evac-${topology.workload}-fence-writers`).filter(
      ({ Action }) => Action === 'ssm:SendCommand',
    );
    const text = JSON.stringify(statement?.Resource);
    expect(text).toContain(':instance/i-0a1b2c3d4e5f60711');
    expect(text).toContain(':instance/i-0a1b2c3d4e5f60712');
    expect(text).toContain('document/AWS-RunShellScript');
    expect(asList(statement?.Resource)).toHaveLength(3);
  });

  test('record-outcome starts comparisons and nothing else', () => {
    const starts = statementsOfFunction(template, `evac-${topology.workload}-record-outcome`)
      .filter(({ Action }) => Action === 'states:StartExecution')
      .flatMap(({ Resource }) => asList(Resource));
    expect(starts.map((arn) => JSON.stringify(arn))).toEqual([
      expect.stringMatching(/:stateMachine:evac-orders-verify"/),
    ]);
  });

  test('reconcile-seat stops executions of its own workload only', () => {
    const [statement] = statementsOfFunction(template, `evac-${topology.workload}-reconcile-seat`).filter(
      ({ Action }) => asList(Action).includes('states:StopExecution'),
    );
    const arns = asList(statement?.Resource).map((resource) => JSON.stringify(resource));
    expect(arns).toHaveLength(4);
    for (const arn of arns) expect(arn).toMatch(/:execution:evac-orders-[a-z]+:\*/);
  });
});

import { ArnFormat, Stack } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { Env } from '../../contract/environment';
import { METRIC_NAMESPACE } from '../../contract/metrics';
import { functionName, machineName, tableName, witnessFunctionName } from '../../contract/names';
import { holdsSeat, MACHINES } from '../../contract/workflows';
import type { ByStore } from '../../domain/protocol/seat';
import type { Store, Topology } from '../../domain/topology';
import type { Route53TrafficConfig } from '../../domain/topology';
import { storeComponents, witnessesOf } from '../../domain/topology';
import { STEP_NAMES } from '../bundling/handler-folders';
import type { Need } from './needs';

export interface GrantOptions {
  readonly topology: Topology;
  readonly table: dynamodb.Table;
  /** Absent: the traffic is not switched by records. */
  readonly hostedZoneId: string | undefined;
  readonly passwords: ByStore<string>;
}

const PASSWORD_VARIABLE: ByStore<string> = {
  postgres: Env.postgresPassword,
  redis: Env.redisPassword,
  objects: Env.objectsPassword,
};

export type Grant = (handler: lambda.Function) => void;

const allow = (
  handler: lambda.Function,
  actions: string[],
  resources: string[],
  conditions?: iam.Conditions,
): void =>
  handler.addToRolePolicy(
    new iam.PolicyStatement({ actions, resources, ...(conditions === undefined ? {} : { conditions }) }),
  );

/** ARNs from names: a Lambda may name a state machine that itself names the Lambda, with no cycle in the stack. */
const createArns = (scope: Construct, workload: string) => {
  const stack = Stack.of(scope);
  const arn = (service: string, resource: string, resourceName: string): string =>
    stack.formatArn({ service, resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  const named = (wanted: (machine: string) => boolean): readonly string[] =>
    Object.keys(MACHINES)
      .filter(wanted)
      .map((machine) => machineName(workload, machine));
  const operations = named(holdsSeat);
  return {
    machinePrefix: arn('states', 'stateMachine', ''),
    operations: operations.map((name) => arn('states', 'stateMachine', name)),
    comparisons: named((machine) => machine === 'verify').map((name) => arn('states', 'stateMachine', name)),
    executions: operations.map((name) => arn('states', 'execution', `${name}:*`)),
    functions: (names: readonly string[]) => names.map((name) => arn('lambda', 'function', name)),
    instances: (ids: readonly string[]) =>
      ids.map((id) => stack.formatArn({ service: 'ec2', resource: 'instance', resourceName: id })),
    runShellScript: stack.formatArn({
      service: 'ssm',
      account: '',
      resource: 'document',
      resourceName: 'AWS-RunShellScript',
    }),
    hostedZone: (id: string) => `arn:${stack.partition}:route53:::hostedzone/${id}`,
    route53Changes: `arn:${stack.partition}:route53:::change/*`,
  };
};

type Arns = ReturnType<typeof createArns>;

/** Names every Lambda is made with, whether or not it may use what they name: the ports are made in one place. */
export const commonEnvironment = (scope: Construct, { workload }: Topology): Record<string, string> => ({
  [Env.table]: tableName(workload),
  [Env.machineArnPrefix]: createArns(scope, workload).machinePrefix,
});

/** One grant a need: a permission, and the secret or id that goes with it, are never given apart. */
export function createGrants(scope: Construct, options: GrantOptions): Readonly<Record<Need, Grant>> {
  const { topology, table, passwords } = options;
  const arns = createArns(scope, topology.workload);
  const witnesses = witnessesOf(topology).map((id) => witnessFunctionName(topology.workload, id));
  const steps = STEP_NAMES.map((name) => functionName(topology.workload, name));

  return {
    state: (handler) =>
      allow(
        handler,
        ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'ConditionCheckItem'].map(
          (name) => `dynamodb:${name}`,
        ),
        [table.tableArn],
        { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [topology.workload] } },
      ),
    stores: (handler) => {
      for (const [store, variable] of Object.entries(PASSWORD_VARIABLE)) {
        const password = passwords[store as Store];
        if (password !== undefined) handler.addEnvironment(variable, password);
      }
    },
    // What lets a Lambda into the APIs' network is where it is placed.
    apis: () => undefined,
    ...trafficGrants(options, arns),
    'read-samples': (handler) => {
      // CloudWatch has no resource-level permission for reading metrics.
      if (topology.traffic.samples?.kind === 'cloudwatch')
        allow(handler, ['cloudwatch:GetMetricData'], ['*']);
    },
    hosts: (handler) => {
      const instances = arns.instances(instanceIdsOf(topology));
      if (instances.length === 0) return;
      allow(handler, ['ssm:SendCommand'], [...instances, arns.runShellScript]);
      // SSM has no resource-level permission for reading a command's result.
      allow(handler, ['ssm:GetCommandInvocation'], ['*']);
    },
    'ask-reconcile': (handler) =>
      allow(
        handler,
        ['lambda:InvokeFunction'],
        arns.functions([functionName(topology.workload, 'reconcile-seat')]),
      ),
    'ask-balance': (handler) => {
      if (topology.traffic.balance !== undefined)
        allow(
          handler,
          ['lambda:InvokeFunction'],
          arns.functions([functionName(topology.workload, 'balance-traffic')]),
        );
    },
    'ask-witnesses': (handler) => allow(handler, ['lambda:InvokeFunction'], arns.functions(witnesses)),
    'warm-steps': (handler) => allow(handler, ['lambda:InvokeFunction'], arns.functions(steps)),
    'start-operations': (handler) => allow(handler, ['states:StartExecution'], arns.operations),
    'start-comparisons': (handler) => allow(handler, ['states:StartExecution'], arns.comparisons),
    'stop-operations': (handler) =>
      allow(handler, ['states:DescribeExecution', 'states:StopExecution'], arns.executions),
    // CloudWatch has no resource-level permission for putting metrics; the namespace stands in for it.
    metrics: (handler) =>
      allow(handler, ['cloudwatch:PutMetricData'], ['*'], {
        StringEquals: { 'cloudwatch:namespace': METRIC_NAMESPACE },
      }),
  };
}

type TrafficGrants = Readonly<Record<'read-traffic' | 'shift-traffic', Grant>>;

const trafficGrants = ({ topology, hostedZoneId = '' }: GrantOptions, arns: Arns): TrafficGrants => {
  const { traffic } = topology;
  return traffic.kind === 'alb' ? ruleGrants(traffic.ruleArn) : recordGrants(traffic, hostedZoneId, arns);
};

/** Elastic Load Balancing has no resource-level permission for describing. */
const ruleGrants = (ruleArn: string): TrafficGrants => {
  const read: Grant = (handler) => allow(handler, ['elasticloadbalancing:DescribeRules'], ['*']);
  return {
    'read-traffic': read,
    'shift-traffic': (handler) => {
      allow(handler, ['elasticloadbalancing:ModifyRule'], [ruleArn]);
      read(handler);
    },
  };
};

const recordGrants = (traffic: Route53TrafficConfig, hostedZoneId: string, arns: Arns): TrafficGrants => {
  const zone = arns.hostedZone(hostedZoneId);
  const read: Grant = (handler) => {
    allow(handler, ['route53:ListResourceRecordSets'], [zone]);
    handler.addEnvironment(Env.hostedZoneId, hostedZoneId);
  };
  return {
    'read-traffic': read,
    'shift-traffic': (handler) => {
      allow(handler, ['route53:ChangeResourceRecordSets'], [zone], onlyThisRecord(traffic));
      allow(handler, ['route53:GetChange'], [arns.route53Changes]);
      read(handler);
    },
  };
};

const instanceIdsOf = (topology: Topology): readonly string[] =>
  storeComponents(topology)
    .flatMap(({ hosts }) => Object.values(hosts))
    .flatMap((host) => (host.kind === 'ssm' ? [host.instanceId] : []));

/** Names as Route 53 compares them: small letters, no dot at the end. */
const onlyThisRecord = ({ recordName }: Route53TrafficConfig): iam.Conditions => ({
  'ForAllValues:StringEquals': {
    'route53:ChangeResourceRecordSetsNormalizedRecordNames': [recordName.toLowerCase().replace(/\.$/, '')],
    'route53:ChangeResourceRecordSetsRecordTypes': ['A'],
  },
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match } from 'aws-cdk-lib/assertions';
import { Metric } from '../../lib/contract/metrics';
import { functionName, machineName, tableName, witnessFunctionName } from '../../lib/contract/names';
import { LOOPS, MACHINES, OPERATION_MACHINES, STEP_FUNCTIONS } from '../../lib/contract/workflows';
import { dataZones, witnessesOf } from '../../lib/domain/topology';
import { PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE } from '../../lib/state/keys';
import type { ConfigName } from './synthesized';
import { projectFolder, resourcesOf, synthesized } from './synthesized';

const runbooks = readFileSync(join(projectFolder, 'docs/runbooks.md'), 'utf8');
const both = { lab: synthesized('lab'), aws: synthesized('aws') } as const;

describe.each(Object.keys(both) as ConfigName[])('the stack for %s', (config) => {
  const { template, topology } = both[config];
  const { workload } = topology;

  test('keeps the state in one table whose keys are those of the state store', () => {
    template.resourceCountIs('AWS::DynamoDB::Table', 1);
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      TableName: tableName(workload),
      KeySchema: [
        { AttributeName: PARTITION_KEY, KeyType: 'HASH' },
        { AttributeName: SORT_KEY, KeyType: 'RANGE' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: TTL_ATTRIBUTE, Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
    });
  });

  test('has a Lambda for each step and each trigger, and a witness for each zone and the Region', () => {
    const names = Object.values(resourcesOf(template, 'AWS::Lambda::Function')).map(
      ({ Properties }) => Properties['FunctionName'],
    );
    const triggers = [
      ...['intake-alarm', 'reconcile-seat', 'balance-traffic', 'start-claimed', 'keep-warm'],
      ...LOOPS,
    ];
    const single = [...STEP_FUNCTIONS, ...triggers].map((name) => functionName(workload, name));
    const witnesses = witnessesOf(topology).map((witness) => witnessFunctionName(workload, witness));
    expect(names.sort()).toEqual([...single, ...witnesses].sort());
  });

  test('a witness knows its zone and outlives its loop', () => {
    for (const witness of witnessesOf(topology))
      template.hasResourceProperties('AWS::Lambda::Function', {
        FunctionName: witnessFunctionName(workload, witness),
        Runtime: 'nodejs22.x',
        Handler: 'probe-zone.handler',
        Timeout: 150,
        Environment: { Variables: Match.objectLike({ EVAC_ZONE: witness, EVAC_LOOP_LIMIT_MS: '130000' }) },
      });
  });

  test('a loop that a schedule starts outlives its successor, in no zone of its own', () => {
    for (const name of LOOPS)
      template.hasResourceProperties('AWS::Lambda::Function', {
        FunctionName: functionName(workload, name),
        Timeout: 150,
        Environment: {
          Variables: Match.objectLike({ EVAC_LOOP_LIMIT_MS: '130000', EVAC_ZONE: Match.absent() }),
        },
      });
  });

  test('schedules every witness, the loops and keep-warm each minute, without retries', () => {
    const expected = [
      ...witnessesOf(topology).map((witness) => [witnessFunctionName(workload, witness), { run: 'loop' }]),
      // Not the ping that it sends: that would end it before it sends any.
      [functionName(workload, 'keep-warm'), {}],
      ...LOOPS.map((name) => [functionName(workload, name), {}]),
    ] as const;
    template.resourceCountIs('AWS::Scheduler::Schedule', expected.length);
    for (const [name, input] of expected)
      template.hasResourceProperties('AWS::Scheduler::Schedule', {
        Name: name,
        State: 'ENABLED',
        ScheduleExpression: 'rate(1 minute)',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: Match.objectLike({
          Input: JSON.stringify(input),
          RetryPolicy: Match.objectLike({ MaximumRetryAttempts: 0 }),
        }),
      });
  });

  test('a Lambda may run as long as the longest task that calls it', () => {
    const seconds = { 'claim-failover': 20, 'switch-postgres': 60, 'rejoin-standby': 120, 'roll-back': 60 };
    for (const [name, timeout] of Object.entries(seconds))
      template.hasResourceProperties('AWS::Lambda::Function', {
        FunctionName: functionName(workload, name),
        Timeout: timeout,
      });
  });

  test('has a traced, logged state machine for each definition, its text whole in the template', () => {
    template.resourceCountIs('AWS::StepFunctions::StateMachine', Object.keys(MACHINES).length);
    for (const [machine, steps] of Object.entries(MACHINES))
      template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
        StateMachineName: machineName(workload, machine),
        StateMachineType: 'STANDARD',
        TracingConfiguration: { Enabled: true },
        LoggingConfiguration: Match.objectLike({ Level: 'ALL', IncludeExecutionData: false }),
        DefinitionString: Match.serializedJson(Match.objectLike({ StartAt: 'Begin' })),
        DefinitionSubstitutions: Match.objectLike(
          Object.fromEntries(Object.keys(steps).map((placeholder) => [placeholder, Match.anyValue()])),
        ),
      });
  });

  test('starts what was claimed from the decisions in the table stream, and keeps what it could not', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      FilterCriteria: {
        Filters: [
          {
            Pattern: Match.serializedJson({
              eventName: ['INSERT'],
              dynamodb: { NewImage: { entry: { S: ['claim'] } } },
            }),
          },
        ],
      },
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 10,
      DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
    });
  });

  test('asks all witnesses when a component of a data zone is lost, or when nobody says anything', () => {
    const expected = dataZones(topology).flatMap((zone) =>
      topology.components.map(({ component }) => ({ zone, component })),
    );
    for (const { zone, component } of expected)
      template.hasResourceProperties('AWS::CloudWatch::Alarm', {
        Namespace: 'Evac',
        MetricName: Metric.targetHealthy,
        Dimensions: [
          { Name: 'Component', Value: component },
          { Name: 'Workload', Value: workload },
          { Name: 'Zone', Value: zone },
        ],
        Period: config === 'lab' ? 10 : 60,
        EvaluationPeriods: 3,
        DatapointsToAlarm: 2,
        TreatMissingData: 'breaching',
        AlarmActions: Match.arrayWith([{ Ref: Match.stringLikeRegexp('Questions') }]),
      });
  });

  test('every alarm reaches somebody and names its runbook', () => {
    for (const [id, { Properties }] of Object.entries(resourcesOf(template, 'AWS::CloudWatch::Alarm'))) {
      const told = JSON.stringify(Properties['AlarmActions']);
      expect({ id, told }).toEqual({ id, told: expect.stringContaining('Notices') });
      const [, runbook] =
        /Runbook: docs\/runbooks\.md#(\S+)$/.exec(String(Properties['AlarmDescription'])) ?? [];
      expect(runbooks).toContain(`\n## ${runbook}\n`);
    }
  });

  test('an alarm that is no lost target only tells, and starts nothing', () => {
    const asking = Object.values(resourcesOf(template, 'AWS::CloudWatch::Alarm')).filter(({ Properties }) =>
      JSON.stringify(Properties['AlarmActions']).includes('Questions'),
    );
    expect(new Set(asking.map(({ Properties }) => Properties['MetricName']))).toEqual(
      new Set([Metric.targetHealthy]),
    );
  });

  test('lets CloudWatch publish into topics that refuse plain HTTP', () => {
    for (const { Properties } of Object.values(resourcesOf(template, 'AWS::SNS::TopicPolicy'))) {
      const text = JSON.stringify(Properties['PolicyDocument']);
      expect(text).toContain('cloudwatch.amazonaws.com');
      expect(text).toContain('"aws:SecureTransport":"false"');
    }
  });

  test('reconciles the seat when one of its own executions ends badly', () => {
    const rules = Object.values(resourcesOf(template, 'AWS::Events::Rule'));
    expect(rules).toHaveLength(1);
    const pattern = rules[0]?.Properties['EventPattern'] as { detail: Record<string, unknown[]> };
    expect(pattern.detail['status']).toEqual(['FAILED', 'TIMED_OUT', 'ABORTED']);
    expect(pattern.detail['stateMachineArn']).toHaveLength(OPERATION_MACHINES.length);
  });

  test('dead letters are encrypted, refuse plain HTTP, and have an alarm each', () => {
    const queues = Object.entries(resourcesOf(template, 'AWS::SQS::Queue'));
    expect(queues).toHaveLength(3);
    for (const [id, { Properties }] of queues) {
      expect(Properties).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 14 * 86_400 });
      template.hasResourceProperties('AWS::CloudWatch::Alarm', {
        MetricName: 'ApproximateNumberOfMessagesVisible',
        Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [id, 'QueueName'] } }],
      });
      template.hasResourceProperties('AWS::SQS::QueuePolicy', {
        Queues: Match.arrayWith([{ Ref: id }]),
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          ]),
        },
      });
    }
  });

  test('every log group forgets', () => {
    const groups = Object.values(resourcesOf(template, 'AWS::Logs::LogGroup'));
    expect(groups.length).toBeGreaterThan(STEP_FUNCTIONS.length);
    for (const { Properties } of groups) expect(Properties['RetentionInDays']).toBe(90);
  });

  test('nothing needs a custom resource', () => {
    const types = Object.values(
      (template.toJSON() as { Resources: Record<string, { Type: string }> }).Resources,
    );
    expect(types.filter(({ Type }) => /^Custom::|CustomResource/.test(Type))).toEqual([]);
  });

  test('says where to look', () => {
    const outputs = Object.keys(template.findOutputs('*'));
    const machines = ['Failover', 'Rollback', 'Degrade', 'Rejoin'].flatMap((name) => [
      `${name}Machine`,
      `${name}Console`,
    ]);
    expect(outputs).toEqual(
      expect.arrayContaining(['StateTable', 'HostedZoneId', 'QuestionsTopic', 'NoticesTopic', ...machines]),
    );
  });

  test('tags everything that takes tags with workload and version', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      Tags: Match.arrayWith([
        { Key: 'evac:version', Value: '0.0.0-test' },
        { Key: 'workload', Value: workload },
      ]),
    });
  });

  test('owns no record of the public name: a deployment after a failover must not move the traffic', () => {
    template.resourceCountIs('AWS::Route53::RecordSet', 0);
  });

  test('holds no password', () => {
    const variables = Object.values(resourcesOf(template, 'AWS::Lambda::Function')).map(
      ({ Properties }) =>
        (Properties['Environment'] as { Variables: Record<string, unknown> }).Variables[
          'EVAC_POSTGRES_PASSWORD'
        ],
    );
    const used = variables.filter((value) => value !== undefined);
    expect(used.length).toBeGreaterThan(0);
    const reference =
      config === 'lab'
        ? { Ref: 'PostgresPassword' }
        : '{{resolve:secretsmanager:evac/orders/postgres:SecretString:::}}';
    for (const value of used) expect(value).toEqual(reference);
  });
});

describe('only in an account', () => {
  const { template, topology, stack } = both.aws;

  test('a witness is pinned to the one subnet of its zone, the regional one to none', () => {
    for (const zone of topology.zones)
      template.hasResourceProperties('AWS::Lambda::Function', {
        FunctionName: witnessFunctionName(topology.workload, zone.id),
        VpcConfig: { SubnetIds: [zone.subnetId], SecurityGroupIds: Match.anyValue() },
      });
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: witnessFunctionName(topology.workload, 'region'),
      VpcConfig: Match.absent(),
    });
  });

  test('a step that reaches the stores runs outside both data zones', () => {
    const outside = topology.zones.filter((zone) => zone.role === 'witness').map((zone) => zone.subnetId);
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: functionName(topology.workload, 'switch-postgres'),
      VpcConfig: { SubnetIds: outside, SecurityGroupIds: Match.anyValue() },
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: functionName(topology.workload, 'commit-failover'),
      VpcConfig: Match.absent(),
    });
  });

  test('security groups let out to the ports of the configuration and HTTPS only', () => {
    const groups = Object.values(resourcesOf(template, 'AWS::EC2::SecurityGroup'));
    expect(groups).toHaveLength(2);
    for (const { Properties } of groups) {
      const ports = (Properties['SecurityGroupEgress'] as { FromPort: number }[]).map(
        (rule) => rule.FromPort,
      );
      expect(ports).toEqual([22, 443, 5432, 8080]);
    }
  });

  test('the table outlives its stack', () => {
    const [table] = Object.values(resourcesOf(template, 'AWS::DynamoDB::Table'));
    expect(table?.DeletionPolicy).toBe('Retain');
    expect(table?.Properties['DeletionProtectionEnabled']).toBe(true);
    expect(stack.terminationProtection).toBe(true);
  });

  test('uses the zone that is there, and sends notices to the address of the configuration', () => {
    template.resourceCountIs('AWS::Route53::HostedZone', 0);
    template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: topology.notify?.email,
    });
  });

  test('refuses a zone without a subnet', () => {
    const unpinned = () =>
      synthesized('aws', (topology) => ({
        ...topology,
        zones: topology.zones.map(({ id, role }) => ({ id, role })),
      }));
    expect(unpinned).toThrow('subnetId of zone use1-az4 is missing in the configuration');
  });

  test('refuses a deployment without a VPC', () => {
    const without = () =>
      synthesized('aws', ({ target: { kind, region }, ...rest }) => ({ ...rest, target: { kind, region } }));
    expect(without).toThrow('target.vpcId is missing in the configuration');
  });
});

describe('only in the lab', () => {
  const { template } = both.lab;

  test('makes the hosted zone, and no VPC', () => {
    template.resourceCountIs('AWS::Route53::HostedZone', 1);
    template.resourceCountIs('AWS::EC2::SecurityGroup', 0);
  });

  test('can be destroyed', () => {
    const [table] = Object.values(resourcesOf(template, 'AWS::DynamoDB::Table'));
    expect(table?.DeletionPolicy).toBe('Delete');
  });

  test('asks for the password as a parameter that CloudFormation does not show', () => {
    template.hasParameter('PostgresPassword', { Type: 'String', NoEcho: true });
  });
});

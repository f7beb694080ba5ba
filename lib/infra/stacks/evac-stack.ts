import type { StackProps } from 'aws-cdk-lib';
import { CfnOutput, Stack, Tags } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as route53 from 'aws-cdk-lib/aws-route53';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { functionName, witnessFunctionName } from '../../contract/names';
import type { MachineName } from '../../contract/workflows';
import { holdsSeat, MACHINES } from '../../contract/workflows';
import type { Topology } from '../../domain/topology';
import { Alarms } from '../constructs/alarms';
import { taskTimeoutsSeconds } from '../constructs/definition';
import { Handlers } from '../constructs/handlers';
import { createMinutely } from '../constructs/minutely';
import type { Network } from '../constructs/network';
import { createNetwork } from '../constructs/network';
import { StateTable } from '../constructs/state-table';
import { storePasswords } from '../constructs/store-passwords';
import { Triggers } from '../constructs/triggers';
import { Watches } from '../constructs/watches';
import { Workflows } from '../constructs/workflows';
import { commonEnvironment, createGrants } from '../iam/grants';

export interface EvacStackProps extends StackProps {
  readonly topology: Topology;
  readonly version: string;
  readonly definitions: Readonly<Record<MachineName, string>>;
  readonly bundleFolder: string;
}

/** One deployment: everything Evac runs for one workload. The same for the emulator and for AWS. */
export class EvacStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: EvacStackProps,
  ) {
    super(scope, id, { description: `Evac for ${props.topology.workload}`, ...props });
    const { topology, definitions } = props;
    Tags.of(this).add('workload', topology.workload);
    Tags.of(this).add('evac:version', props.version);
    const { table } = new StateTable(this, 'State', topology);
    const hostedZoneId = this.hostedZoneId();
    const network = createNetwork(this, topology);
    const alarms = new Alarms(this, 'Alarms', topology);
    const handlers = this.handlers(network, {
      table,
      hostedZoneId,
      passwords: storePasswords(this, topology),
    });
    const { machines } = new Workflows(this, 'Workflows', {
      workload: topology.workload,
      definitions,
      handlerOf: (name) => handlers.get(name),
    });
    const { deadLetters } = new Triggers(this, 'Triggers', {
      workload: topology.workload,
      table,
      questions: alarms.questions,
      machines: [...machines].flatMap(([name, built]) => (holdsSeat(name) ? [built] : [])),
      startClaimed: handlers.get('start-claimed'),
      intakeAlarm: handlers.get('intake-alarm'),
      reconcileSeat: handlers.get('reconcile-seat'),
    });
    this.schedule(handlers);
    new Watches(this, 'Watches', { topology, alarms, machines, deadLetters });
    this.output({
      StateTable: table.tableName,
      ...(hostedZoneId === undefined ? {} : { HostedZoneId: hostedZoneId }),
      QuestionsTopic: alarms.questions.topicArn,
      NoticesTopic: alarms.notices.topicArn,
      ...network.securityGroupIds,
    });
    this.outputMachines(machines);
  }

  private handlers(
    network: Network,
    options: Omit<Parameters<typeof createGrants>[1], 'topology'>,
  ): Handlers {
    const { topology, definitions, bundleFolder } = this.props;
    const timeouts = stepTimeouts(definitions);
    return new Handlers(this, 'Handlers', {
      topology,
      network,
      environment: commonEnvironment(this, topology),
      code: lambda.Code.fromAsset(bundleFolder),
      stepTimeoutSeconds: (name) => timeouts.get(name),
      grants: createGrants(this, { topology, ...options }),
    });
  }

  /** The stack owns the zone at most, never the records in it: their weights are Evac's (docs/decisions/traffic-records.md). */
  private hostedZoneId(): string | undefined {
    const { traffic } = this.props.topology;
    if (traffic.kind === 'alb') return undefined;
    if (traffic.hostedZoneId !== undefined) return traffic.hostedZoneId;
    return new route53.PublicHostedZone(this, 'HostedZone', { zoneName: traffic.hostedZoneName })
      .hostedZoneId;
  }

  private schedule(handlers: Handlers): void {
    const { workload, traffic } = this.props.topology;
    for (const [witness, target] of handlers.witnesses)
      createMinutely(this, `Probe-${witness}`, {
        scheduleName: witnessFunctionName(workload, witness),
        description: `Starts the loop of the witness ${witness}, each minute anew.`,
        target,
        input: { run: 'loop' },
      });
    if (traffic.balance !== undefined)
      createMinutely(this, 'BalanceTraffic', {
        scheduleName: functionName(workload, 'balance-traffic'),
        description: 'Active-active: gives each zone the share of the traffic that its health allows.',
        target: handlers.get('balance-traffic'),
        input: {},
      });
    createMinutely(this, 'KeepWarm', {
      scheduleName: functionName(workload, 'keep-warm'),
      description: 'Keeps the steps of a failover warm, so that none starts cold when it counts.',
      target: handlers.get('keep-warm'),
      input: {},
    });
    createMinutely(this, 'SampleSync', {
      scheduleName: functionName(workload, 'sample-sync'),
      description: 'Looks at how far each copy is behind its writer, each second.',
      target: handlers.get('sample-sync'),
      input: {},
    });
    createMinutely(this, 'ReportSync', {
      scheduleName: functionName(workload, 'report-sync'),
      description: 'Tells CloudWatch what the samples and the seat say of each copy.',
      target: handlers.get('report-sync'),
      input: {},
    });
  }

  private output(values: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(values)) new CfnOutput(this, name, { value });
  }

  private outputMachines(machines: ReadonlyMap<MachineName, sfn.StateMachine>): void {
    const console = `https://${this.region}.console.aws.amazon.com/states/home?region=${this.region}`;
    for (const [machine, { stateMachineArn }] of machines) {
      const name = `${machine[0]?.toUpperCase()}${machine.slice(1)}`;
      this.output({
        [`${name}Machine`]: stateMachineArn,
        [`${name}Console`]: `${console}#/statemachines/view/${stateMachineArn}`,
      });
    }
  }
}

/** A step's Lambda may run as long as the longest task that calls it. */
const stepTimeouts = (definitions: Readonly<Record<MachineName, string>>): ReadonlyMap<string, number> => {
  const timeouts = new Map<string, number>();
  for (const [machine, steps] of Object.entries<Readonly<Record<string, string>>>(MACHINES)) {
    const tasks = taskTimeoutsSeconds(definitions[machine as MachineName]);
    for (const [placeholder, handler] of Object.entries(steps))
      timeouts.set(handler, Math.max(tasks.get(placeholder) ?? 0, timeouts.get(handler) ?? 0));
  }
  return timeouts;
};

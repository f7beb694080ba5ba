import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { Metric, METRIC_NAMESPACE } from '../../contract/metrics';
import { functionName } from '../../contract/names';
import type { MachineName } from '../../contract/workflows';
import type { Topology } from '../../domain/topology';
import { dataZones, storeComponents } from '../../domain/topology';
import type { Alarms } from './alarms';

export interface WatchesProps {
  readonly topology: Topology;
  readonly alarms: Alarms;
  readonly machines: ReadonlyMap<MachineName, sfn.StateMachine>;
  readonly deadLetters: ReadonlyMap<string, sqs.Queue>;
}

const RUNBOOKS = 'docs/runbooks.md';

/** The shortest period CloudWatch takes for a custom metric put each second or faster; on AWS a minute costs a third. */
const periodOf = ({ target }: Topology): Duration => Duration.seconds(target.kind === 'lab' ? 10 : 60);

/** Which alarms exist, what they look at, and how severe each is. */
export class Watches extends Construct {
  private readonly period: Duration;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: WatchesProps,
  ) {
    super(scope, id);
    this.period = periodOf(props.topology);
    for (const zone of dataZones(props.topology))
      for (const { component } of props.topology.components) this.watchTarget(zone, component);
    this.watchStandby();
    for (const { component } of storeComponents(props.topology)) this.watchSync(component);
    this.watchOutcomes();
    for (const [machine, built] of props.machines) this.watchTimeouts(machine, built);
    for (const [name, queue] of props.deadLetters) this.watchDeadLetters(name, queue);
  }

  /**
   * Average below a half: most of what the witnesses saw in the period was a failure. One lost probe, or one witness
   * that is cut off itself, does not get there; a dead zone does, whatever its own witness still sees (Maximum would
   * hide it, Minimum would ask after every lost probe). Silent witnesses are a reason to ask, too.
   */
  private watchTarget(zone: string, component: string): void {
    const alarm = this.alarm(`${zone}-${component}`, 'target-lost', {
      alarmDescription: `${component} in ${zone} does not answer the witnesses, or they are silent.`,
      metric: this.metric(Metric.targetHealthy, 'Average', { Zone: zone, Component: component }),
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 0.5,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });
    this.props.alarms.ask(alarm);
  }

  /** Maximum: one witness that sees a proven standby is enough; five periods let a rejoin finish. */
  private watchStandby(): void {
    const alarm = this.alarm('no-eligible-standby', 'no-eligible-standby', {
      alarmDescription: 'No zone is a proven synchronous standby: an automatic failover would be refused.',
      metric: this.metric(Metric.standbyEligible, 'Maximum', {}),
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 5,
      treatMissingData: cloudwatch.TreatMissingData.MISSING,
    });
    this.props.alarms.tell(alarm);
  }

  /** A pause is a person's: said as long as it lasts, so that nobody forgets it. Behind: failed, beyond its limit, or unknown. */
  private watchSync(component: string): void {
    const held = this.alarm(`sync-held-${component}`, 'sync-held', {
      alarmDescription: `A person keeps the copy of ${component} away: it is not followed, and nothing fails over to it by itself.`,
      metric: this.metric(Metric.syncHeld, 'Maximum', { Component: component }),
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: cloudwatch.TreatMissingData.MISSING,
    });
    const behind = this.alarm(`sync-behind-${component}`, 'sync-behind', {
      alarmDescription: `The copy of ${component} failed, is further behind than its limit, or nobody knows.`,
      metric: this.metric(Metric.syncUnwell, 'Minimum', { Component: component }),
      threshold: 1,
      evaluationPeriods: 5,
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });
    this.props.alarms.tell(held);
    this.props.alarms.tell(behind);
  }

  /** What RecordOutcome put: a refusal is an answer, not a failure, and is not counted. */
  private watchOutcomes(): void {
    const alarm = this.alarm('operation-failed', 'operation-failed', {
      alarmDescription: 'An operation ended as failed: neither finished nor undone.',
      metric: this.metric(Metric.operationResult, 'Minimum', {}),
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    this.props.alarms.tell(alarm);
  }

  /** From Step Functions itself, so that an operation counts whose RecordOutcome never ran: a stuck seat. */
  private watchTimeouts(machine: MachineName, built: sfn.StateMachine): void {
    const alarm = this.alarm(`operation-stuck-${machine}`, 'operation-stuck', {
      alarmDescription: `An operation of the state machine ${machine} timed out.`,
      metric: built.metricTimedOut({ period: Duration.minutes(1), statistic: 'Sum' }),
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    this.props.alarms.tell(alarm);
  }

  private watchDeadLetters(name: string, queue: sqs.Queue): void {
    const alarm = this.alarm(`dead-letters-${name}`, 'dead-letters', {
      alarmDescription: `${name} could not take an event; for reconcile-seat that is a stuck seat.`,
      metric: queue.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(1),
        statistic: 'Maximum',
      }),
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    this.props.alarms.tell(alarm);
  }

  private metric(name: Metric, statistic: string, dimensions: Record<string, string>): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: METRIC_NAMESPACE,
      metricName: name,
      dimensionsMap: { Workload: this.props.topology.workload, ...dimensions },
      statistic,
      period: this.period,
    });
  }

  private alarm(name: string, runbook: string, props: cloudwatch.AlarmProps): cloudwatch.Alarm {
    return new cloudwatch.Alarm(this, name, {
      ...props,
      alarmName: functionName(this.props.topology.workload, name),
      alarmDescription: `${props.alarmDescription} Runbook: ${RUNBOOKS}#${runbook}`,
    });
  }
}

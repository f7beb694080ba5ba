/** CloudWatch metrics that Evac puts and the alarms watch. Dimensions: Workload; TargetHealthy and the lag also Zone and Component. */
export const METRIC_NAMESPACE = 'Evac';

export const Metric = {
  /** 1 = the component answered one witness's latest probe, 0 = it did not; averaged over witnesses; missing is breaching. */
  targetHealthy: 'TargetHealthy',
  replicationLagSeconds: 'ReplicationLagSeconds',
  /** 0-100 per zone. */
  zoneScore: 'ZoneScore',
  /** 1 while a proven synchronous standby exists. */
  standbyEligible: 'StandbyEligible',
  operationResult: 'OperationResult',
} as const;
export type Metric = (typeof Metric)[keyof typeof Metric];

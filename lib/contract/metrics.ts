/** CloudWatch metrics that the witnesses put and the alarms watch. Dimensions: Workload, Zone, Component. */
export const METRIC_NAMESPACE = 'Evac';

export const Metric = {
  /** 1 = the zone's component answered this witness quorum in the minute, 0 = it did not; missing is breaching. */
  targetHealthy: 'TargetHealthy',
  replicationLagSeconds: 'ReplicationLagSeconds',
  /** 0-100 per zone. */
  zoneScore: 'ZoneScore',
  /** 1 while a proven synchronous standby exists. */
  standbyEligible: 'StandbyEligible',
  operationResult: 'OperationResult',
} as const;
export type Metric = (typeof Metric)[keyof typeof Metric];

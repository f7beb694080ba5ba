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
  /** Of each source (Workload, Component), each second: what its copy lacks, at most. Not put while it is not known. */
  syncLagSeconds: 'SyncLagSeconds',
  /** In the store's own unit: bytes, records, objects. */
  syncBehind: 'SyncBehind',
  syncPerSecond: 'SyncPerSecond',
  /** Failed looks in a row. */
  syncErrors: 'SyncErrors',
  /** 1 while a person keeps the copy away: paused, stopped, being rebuilt. */
  syncHeld: 'SyncHeld',
  /** 1 while it failed, or lags beyond its limit; not put while it is not known, and missing is breaching. */
  syncUnwell: 'SyncUnwell',
  /** 0-100 of the workload. */
  syncHealth: 'SyncHealth',
} as const;
export type Metric = (typeof Metric)[keyof typeof Metric];

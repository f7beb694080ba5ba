/**
 * One map per state machine: its placeholders and the Lambda folder behind each. The stack takes substitutions and
 * invoke grants from here; a missing or unused placeholder fails the synthesis.
 */
export const MACHINES = {
  failover: {
    ClaimFailover: 'claim-failover',
    CheckResources: 'check-resources',
    FenceWriters: 'fence-writers',
    WaitForSync: 'wait-for-sync',
    SwitchPostgres: 'switch-postgres',
    SwitchRedis: 'switch-redis',
    SwitchKafka: 'switch-kafka',
    SwitchObjects: 'switch-objects',
    VerifyHealth: 'verify-health',
    VerifyData: 'verify-data',
    AdmitWrites: 'admit-writes',
    ShiftTraffic: 'shift-traffic',
    GuardTraffic: 'guard-traffic',
    VerifyService: 'verify-service',
    CommitFailover: 'commit-failover',
    RollBack: 'roll-back',
    RecordOutcome: 'record-outcome',
  },
  rollback: {
    PlanRollback: 'plan-rollback',
    RecordOutcome: 'record-outcome',
  },
  degrade: {
    DegradeStandby: 'degrade-standby',
    RollBack: 'roll-back',
    RecordOutcome: 'record-outcome',
  },
  rejoin: {
    ClaimRebuild: 'claim-rebuild',
    RejoinStandby: 'rejoin-standby',
    RestoreSync: 'restore-sync',
    RollBack: 'roll-back',
    RecordOutcome: 'record-outcome',
  },
  verify: {
    VerifyCopies: 'verify-copies',
    RecordOutcome: 'record-outcome',
  },
  sync: {
    ChangeSync: 'change-sync',
    RecordOutcome: 'record-outcome',
  },
} as const satisfies Record<string, Readonly<Record<string, string>>>;

export type MachineName = keyof typeof MACHINES;

/** Those that hold a seat: what ended badly has to be finished or undone. `verify` only looks, and `sync` has its changes carried by `degrade` and `rejoin`. */
export const OPERATION_MACHINES = [
  'failover',
  'rollback',
  'degrade',
  'rejoin',
] as const satisfies readonly MachineName[];
export const holdsSeat = (machine: string): boolean => OPERATION_MACHINES.some((name) => name === machine);

/** Machines that a state machine starts and waits for: placeholder -> machine. */
export const NESTED_MACHINES: Partial<Record<MachineName, Readonly<Record<string, MachineName>>>> = {
  rollback: { FailoverMachine: 'failover' },
};

/** Lambdas that no state machine calls. `probe-zone` exists once per witness. */
export const TRIGGERS = [
  'probe-zone',
  'intake-alarm',
  'reconcile-seat',
  'balance-traffic',
  'start-claimed',
  'keep-warm',
  'sample-sync',
  'report-sync',
] as const;
export type TriggerName = (typeof TRIGGERS)[number];

/** Of those, what a schedule starts each minute and runs until its successor does. */
export const LOOPS: readonly string[] = ['sample-sync', 'report-sync'] satisfies readonly TriggerName[];

/** Every step's Lambda folder, once. */
export const STEP_FUNCTIONS: readonly string[] = [
  ...new Set(Object.values(MACHINES).flatMap((steps) => Object.values<string>(steps))),
];

/** Which machine carries an operation; `rollback` operations run the failover machine inside the rollback one. */
export const MACHINE_OF_OPERATION = {
  failover: 'failover',
  rollback: 'failover',
  degrade: 'degrade',
  rejoin: 'rejoin',
} as const satisfies Record<string, MachineName>;

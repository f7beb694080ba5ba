/** Deterministic names, so that a Lambda can name a state machine that also names the Lambda, with no cycle in the stack. */
export const tableName = (workload: string): string => `evac-${workload}`;

/** `name` is the Lambda's folder, with the zone behind it for the witnesses. */
export const functionName = (workload: string, name: string): string => `evac-${workload}-${name}`;

export const witnessFunctionName = (workload: string, witness: string): string =>
  functionName(workload, `probe-zone-${witness}`);

export const machineName = (workload: string, machine: string): string => `evac-${workload}-${machine}`;

/** StartExecution names are unique for 90 days: the epoch in it makes a start happen once. */
export const executionName = (workload: string, epoch: number): string => `${workload}-e${epoch}`;

/** Of a comparison that a rejoin starts: once for each. */
export const copiesExecutionName = (workload: string, epoch: number): string => `${workload}-v-e${epoch}`;

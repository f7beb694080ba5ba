import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { Route53Client } from '@aws-sdk/client-route-53';
import { policyVersion } from '../config/policy-version';
import { machineName, tableName } from '../contract/names';
import { Unreachable } from '../domain/errors';
import type { Topology } from '../domain/topology';
import { dataZones, witnessesOf } from '../domain/topology';
import { LOCAL_REGION } from '../lab/emulator/emulator';
import type { StateStore } from '../ports/state-store';
import type { Workflows } from '../ports/workflows';
import { createDynamoDbStore } from '../state/dynamodb-store';
import { createStepFunctions } from '../workflow/step-functions';
import { endpointOf } from './endpoint';
import { OperationFailed } from './cli-errors';

/** One deployment as the CLI reaches it. */
export interface Connection {
  readonly topology: Topology;
  readonly policyVersion: string;
  readonly store: StateStore;
  readonly workflows: Workflows;
  readonly route53: Route53Client;
  /** Said to the person before anything is done: which Region this is. */
  readonly where: string;
  close(): void;
}

const TIMEOUT_MS = 4_000;

const clientOptions = (topology: Topology, endpoint: string | undefined) =>
  endpoint === undefined
    ? { region: topology.target.region }
    : { region: LOCAL_REGION.region, endpoint, credentials: LOCAL_REGION.credentials };

/** The account is asked for, not configured: the machine's own ARN names it. */
const machineArnPrefix = async (sfn: SFNClient, topology: Topology, where: string): Promise<string> => {
  const name = machineName(topology.workload, 'failover');
  const answer = await sfn
    .send(new ListStateMachinesCommand({ maxResults: 1000 }), {
      abortSignal: AbortSignal.timeout(TIMEOUT_MS),
    })
    .catch((cause: unknown) => {
      throw new Unreachable(`${where} does not answer: ${String(cause)}. Nothing was changed.`, { cause });
    });
  const arn = answer.stateMachines?.find((machine) => machine.name === name)?.stateMachineArn;
  if (arn === undefined)
    throw new OperationFailed(
      `${where} has no state machine ${name}; deploy first: cdk deploy (the lab: evac lab up)`,
    );
  return arn.slice(0, -name.length);
};

/** @throws MissingEndpoint before any client is made, Unreachable when the Region does not answer */
export const connect = async (
  topology: Topology,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Connection> => {
  const endpoint = endpointOf(topology, environment);
  const where = endpoint === undefined ? `AWS ${topology.target.region}` : `the lab at ${endpoint}`;
  const options = clientOptions(topology, endpoint);
  const sfn = new SFNClient({ ...options, maxAttempts: 2 });
  const { workload } = topology;
  const prefix = await machineArnPrefix(sfn, topology, where);
  const policy = { version: policyVersion(topology), topology };
  const store = createDynamoDbStore({
    ...options,
    table: tableName(workload),
    workload,
    witnesses: witnessesOf(topology),
    dataZones: dataZones(topology),
    policy,
  });
  return {
    topology,
    policyVersion: policy.version,
    store,
    workflows: createStepFunctions({
      workload,
      machineArnPrefix: prefix,
      timeoutMs: TIMEOUT_MS,
      client: sfn,
    }),
    route53: new Route53Client({ ...options, maxAttempts: 2 }),
    where,
    close: () => {
      store.close();
      sfn.destroy();
    },
  };
};

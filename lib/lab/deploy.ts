import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { loadTopology } from '../config/load-topology';
import type { Topology } from '../domain/topology';
import { bootstrap } from './deploy/bootstrap';
import { requireLocalEndpoint } from './deploy/local-endpoint';
import { seedRecords } from './deploy/seed-records';
import { expireHistory } from './deploy/time-to-live';
import { LOCAL_REGION } from './emulator/emulator';
import { labTraffic } from './lab-traffic';
import { runCommand } from './run-tool';

export interface DeployOptions {
  /** The repository: `bin/app.ts` is run from it. */
  readonly projectFolder: string;
  /** Of the local Region; anything else is refused. */
  readonly endpoint: string | undefined;
  readonly configFile: string;
  /** CloudFormation parameters, e.g. `PostgresPassword`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Templates, bundles and the tools' own home go here; remove it after the end. */
  readonly workDir: string;
  /** For all of it, ms. */
  readonly deadlineMs: number;
  readonly log: (line: string) => void;
}

/** The stack's outputs by name: StateTable, HostedZoneId, FailoverMachine, … */
export type StackOutputs = Readonly<Record<string, string>>;

interface Deployment extends DeployOptions {
  readonly endpoint: string;
  readonly topology: Topology;
  readonly assembly: string;
  readonly env: Readonly<Record<string, string>>;
  readonly leftMs: () => number;
}

/**
 * `cdk deploy` of the one app to the local Region, then what CloudFormation does not do there: the public name's first
 * records and the table's TTL.
 * @throws EndpointRefused before anything is called; InvalidConfiguration, CommandFailed, Unreachable
 */
export async function deployStack(options: DeployOptions): Promise<StackOutputs> {
  const deployment = prepare(options);
  const { endpoint, topology, log, leftMs } = deployment;
  await mkdir(deployment.workDir, { recursive: true });
  await bootstrap(endpoint, leftMs());
  await timed(log, 'synthesized', () => synthesize(deployment));
  await timed(log, 'deployed', () => cdk(deployment, 'deploy', deployArguments(deployment)));
  const outputs = readOutputs(deployment);
  const hostedZoneId = labTraffic(topology).hostedZoneId ?? outputs['HostedZoneId'] ?? '';
  const timeoutMs = leftMs();
  await Promise.all([
    seedRecords({ endpoint, hostedZoneId, topology, timeoutMs }),
    expireHistory({ endpoint, workload: topology.workload, timeoutMs }),
  ]);
  return outputs;
}

/** `cdk destroy` of what `deployStack` deployed from the same folder. @throws EndpointRefused, CommandFailed */
export async function undeployStack(options: DeployOptions): Promise<void> {
  const deployment = prepare(options);
  await timed(deployment.log, 'destroyed', () => cdk(deployment, 'destroy', ['--force']));
}

const prepare = (options: DeployOptions): Deployment => {
  const startedMs = performance.now();
  const endpoint = requireLocalEndpoint(options.endpoint);
  const configFile = resolve(options.projectFolder, options.configFile);
  return {
    ...options,
    endpoint,
    configFile,
    topology: loadTopology(configFile),
    assembly: join(options.workDir, 'cdk.out'),
    env: cleanEnvironment(endpoint, options.workDir),
    leftMs: () => Math.max(1, Math.ceil(options.deadlineMs - (performance.now() - startedMs))),
  };
};

/** Nothing of the caller's: no profile, no credentials, no home with an `.aws` in it. */
const cleanEnvironment = (endpoint: string, home: string): Record<string, string> => ({
  PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
  HOME: home,
  TMPDIR: home,
  AWS_ENDPOINT_URL: endpoint,
  AWS_ENDPOINT_URL_S3: endpoint,
  AWS_REGION: LOCAL_REGION.region,
  AWS_DEFAULT_REGION: LOCAL_REGION.region,
  AWS_ACCESS_KEY_ID: LOCAL_REGION.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: LOCAL_REGION.credentials.secretAccessKey,
  AWS_EC2_METADATA_DISABLED: 'true',
  CDK_DISABLE_CLI_TELEMETRY: 'true',
});

/** `bin/app.ts` run as the CDK CLI would, without the CLI around it: saves one of its starts. */
const synthesize = ({ projectFolder, configFile, workDir, assembly, env, leftMs }: Deployment) =>
  runCommand({
    command: process.execPath,
    args: ['--require', resolver(projectFolder).resolve('tsx/cjs'), join(projectFolder, 'bin/app.ts')],
    env: {
      ...env,
      CDK_OUTDIR: assembly,
      CDK_DEFAULT_ACCOUNT: LOCAL_REGION.accountId,
      CDK_DEFAULT_REGION: LOCAL_REGION.region,
      CDK_CONTEXT_JSON: JSON.stringify({ config: configFile, bundles: join(workDir, 'lambdas') }),
      // 2 to 7 s; `npm run synth` and the tests validate the same template.
      CDK_VALIDATION: 'false',
    },
    timeoutMs: leftMs(),
  });

const resolver = (projectFolder: string) => createRequire(join(projectFolder, 'package.json'));

const cdk = ({ projectFolder, assembly, env, leftMs }: Deployment, verb: string, args: readonly string[]) =>
  runCommand({
    command: process.execPath,
    args: [
      join(dirname(resolver(projectFolder).resolve('aws-cdk/package.json')), 'bin/cdk'),
      verb,
      ...['--app', assembly, '--output', assembly, '--all', '--ci'],
      ...['--no-notices', '--no-version-reporting', '--no-color'],
      ...args,
    ],
    env,
    timeoutMs: leftMs(),
  });

const outputsFile = (workDir: string): string => join(workDir, 'outputs.json');

/** `direct`: no change set to wait for. The emulator rolls a failed deployment back as AWS does. */
const deployArguments = ({ parameters, workDir }: Deployment): readonly string[] => [
  ...['--require-approval', 'never', '--method', 'direct', '--progress', 'events'],
  ...['--outputs-file', outputsFile(workDir)],
  ...Object.entries(parameters).flatMap(([name, value]) => ['--parameters', `${name}=${value}`]),
];

const readOutputs = ({ workDir }: Deployment): StackOutputs => {
  const schema = z.record(z.string(), z.record(z.string(), z.string()));
  const stacks = schema.parse(JSON.parse(readFileSync(outputsFile(workDir), 'utf8')));
  return Object.assign({}, ...Object.values(stacks)) as StackOutputs;
};

const timed = async (
  log: (line: string) => void,
  done: string,
  work: () => Promise<unknown>,
): Promise<void> => {
  const startedMs = performance.now();
  await work();
  log(`${done} in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
};

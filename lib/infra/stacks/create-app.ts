import { App } from 'aws-cdk-lib';
import type { AppProps } from 'aws-cdk-lib';
import type { MachineName } from '../../contract/workflows';
import { MACHINES } from '../../contract/workflows';
import type { Topology } from '../../domain/topology';
import { bundleHandlers } from '../bundling/bundle-handlers';
import { readDefinition } from '../constructs/definition';
import { EvacStack } from './evac-stack';

export interface EvacAppOptions {
  readonly projectFolder: string;
  /** Where the bundled Lambdas go. */
  readonly bundleFolder: string;
  readonly topology: Topology;
  readonly version: string;
  readonly app?: App;
}

const stackName = (workload: string): string => `evac-${workload}`;

export const createApp = (props: AppProps = {}): App =>
  new App({ analyticsReporting: false, treeMetadata: false, stackTraces: false, ...props });

/** Adds the deployment of one workload to an app. @throws MissingHandlers, PlaceholderMismatch, ZoneNotPinned */
export function addEvac(app: App, options: EvacAppOptions): EvacStack {
  const { projectFolder, bundleFolder, topology, version } = options;
  const { account, region, kind } = topology.target;
  bundleHandlers({ projectFolder, outFolder: bundleFolder, topology });
  const machines = Object.keys(MACHINES) as MachineName[];
  return new EvacStack(app, stackName(topology.workload), {
    topology,
    version,
    env: { region, ...(account === undefined ? {} : { account }) },
    terminationProtection: kind === 'aws',
    bundleFolder,
    definitions: Object.fromEntries(
      machines.map((machine) => [machine, readDefinition(projectFolder, machine)]),
    ) as Record<MachineName, string>,
  });
}

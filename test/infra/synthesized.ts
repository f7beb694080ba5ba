import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { loadTopology } from '../../lib/config/load-topology';
import type { Topology } from '../../lib/domain/topology';
import { addEvac, createApp } from '../../lib/infra/stacks/create-app';

export const projectFolder = resolve(__dirname, '../..');

export const CONFIGS = { lab: 'config/lab.yaml', aws: 'config/aws.example.yaml' } as const;
export type ConfigName = keyof typeof CONFIGS;

export interface Synthesized {
  readonly topology: Topology;
  readonly template: Template;
  readonly stack: ReturnType<typeof addEvac>;
}

/** The stack of one of the project's own configuration files, as `cdk synth` makes it. */
export function synthesized(config: ConfigName, change: (topology: Topology) => Topology = (same) => same) {
  const folder = mkdtempSync(join(tmpdir(), 'evt-h7-'));
  try {
    const topology = change(loadTopology(join(projectFolder, CONFIGS[config])));
    const app = createApp({ outdir: join(folder, 'out'), builtinCloudFormationValidation: false });
    const bundleFolder = join(folder, 'lambdas');
    const stack = addEvac(app, { projectFolder, bundleFolder, topology, version: '0.0.0-test' });
    return { topology, stack, template: Template.fromStack(stack) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
}

export const resourcesOf = (template: Template, type: string): Readonly<Record<string, Resource>> =>
  template.findResources(type) as Record<string, Resource>;

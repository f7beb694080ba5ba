import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadTopology } from '../lib/config/load-topology';
import { addEvac, createApp } from '../lib/infra/stacks/create-app';

const projectFolder = resolve(__dirname, '..');
const app = createApp();
const context = (key: string, otherwise: string): string => {
  const given: unknown = app.node.tryGetContext(key);
  return resolve(projectFolder, typeof given === 'string' ? given : otherwise);
};
const { version } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as {
  readonly version: string;
};

addEvac(app, {
  projectFolder,
  version,
  // `cdk deploy -c config=config/aws.yaml`
  topology: loadTopology(context('config', 'config/lab.yaml')),
  bundleFolder: context('bundles', 'build/lambdas'),
});
app.synth();

import { buildSync } from 'esbuild';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Topology } from '../../domain/topology';
import { objectsOf } from '../../domain/topology';
import { HANDLER_NAMES } from './handler-folders';

export interface BundleOptions {
  readonly projectFolder: string;
  /** Emptied first, so that an asset's hash changes only with its code and the configuration. */
  readonly outFolder: string;
  readonly topology: Topology;
}

/** A state machine or the stack names a Lambda whose folder is not there. */
class MissingHandlers extends Error {
  constructor(missing: readonly string[]) {
    super(
      `No lambdas/<name>/handler.ts for: ${missing.join(', ')}. lib/contract/workflows.ts names them; ` +
        'write the handlers or take the names out there.',
    );
    this.name = 'MissingHandlers';
  }
}

const entryOf = (projectFolder: string, name: string): string =>
  join(projectFolder, 'lambdas', name, 'handler.ts');

const requireHandlers = (projectFolder: string): void => {
  const missing = HANDLER_NAMES.filter((name) => !existsSync(entryOf(projectFolder, name)));
  if (missing.length > 0) throw new MissingHandlers(missing);
};

/** One entry for all: each Lambda runs only its own handler's modules, so that only its own environment is required. */
const entrySource = (): string =>
  HANDLER_NAMES.map((name) => `exports['${name}'] = () => require('./${name}/handler').handler;`).join('\n');

const writeBeside = (outFolder: string, topology: Topology): void => {
  writeFileSync(join(outFolder, 'topology.json'), JSON.stringify(topology));
  for (const name of HANDLER_NAMES)
    writeFileSync(join(outFolder, `${name}.js`), `exports.handler = require('./bundle.js')['${name}']();\n`);
};

/**
 * One esbuild call and one asset for all Lambdas, the SDK inside: what runs is what was tested. All handlers share
 * their dependencies, so one asset each would be the same megabytes two dozen times, to zip and to upload (8 s more
 * for each deployment). `<name>.js` is a Lambda's entry; the configuration lies beside it as `topology.json`.
 * @throws MissingHandlers before anything is built
 */
export function bundleHandlers({ projectFolder, outFolder, topology }: BundleOptions): void {
  requireHandlers(projectFolder);
  rmSync(outFolder, { recursive: true, force: true });
  buildSync({
    absWorkingDir: projectFolder,
    stdin: { contents: entrySource(), resolveDir: join(projectFolder, 'lambdas'), sourcefile: 'bundle.js' },
    outfile: join(outFolder, 'bundle.js'),
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    // ES modules first: esbuild leaves out of the SDK what no handler uses.
    mainFields: ['module', 'main'],
    // An error's class name is what a state machine catches: it stays, also where two modules have one of the same name.
    keepNames: true,
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    // pg asks for it in a try block and does without it; the S3 client is loaded where there are objects.
    external: ['pg-native', ...(objectsOf(topology) === undefined ? ['@aws-sdk/client-s3'] : [])],
    logLevel: 'warning',
  });
  writeBeside(outFolder, topology);
}

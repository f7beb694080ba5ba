import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTopology } from '../../lib/config/load-topology';
import { readTopologyJson } from '../../lib/config/topology-json';
import { bundleHandlers } from '../../lib/infra/bundling/bundle-handlers';
import { HANDLER_NAMES } from '../../lib/infra/bundling/handler-folders';
import { CONFIGS, projectFolder } from './synthesized';

const folder = mkdtempSync(join(tmpdir(), 'evt-h7-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const topology = loadTopology(join(projectFolder, CONFIGS.lab));

const bundle = (name: string, project = projectFolder): string => {
  const outFolder = join(folder, name);
  bundleHandlers({ projectFolder: project, outFolder, topology });
  return outFolder;
};

const digest = (path: string): string =>
  readdirSync(path)
    .sort()
    .reduce((hash, file) => hash.update(file).update(readFileSync(join(path, file))), createHash('sha256'))
    .digest('hex');

/** A project of small handlers: each answers with its name; an error keeps its class's. */
const smallProject = (names: readonly string[]): string => {
  const project = mkdtempSync(join(folder, 'project-'));
  for (const name of names) {
    mkdirSync(join(project, 'lambdas', name), { recursive: true });
    writeFileSync(
      join(project, 'lambdas', name, 'handler.ts'),
      `class Refused extends Error { constructor() { super(); this.name = new.target.name; } }
       if (process.env['EVT_REQUIRED_BY'] === '${name}') throw new Error('cold start of ${name}');
       export const handler = () => { const error = new Refused(); return ['${name}', error.name]; };`,
    );
  }
  return project;
};

const load = createRequire(__filename);

describe('the bundle of the project', () => {
  const outFolder = bundle('whole');

  test('holds an entry for every Lambda, and nothing that esbuild could not find', () => {
    const entries = readdirSync(outFolder).sort();
    expect(entries).toEqual(
      [...HANDLER_NAMES.map((name) => `${name}.js`), 'bundle.js', 'topology.json'].sort(),
    );
  });

  test('carries the configuration in the form that the Lambdas read', () => {
    expect(readTopologyJson(readFileSync(join(outFolder, 'topology.json'), 'utf8'))).toEqual(topology);
  });

  test('is the same when nothing changed, also from elsewhere', () => {
    expect(digest(bundle('again'))).toBe(digest(outFolder));
  });
});

describe('the S3 client', () => {
  const inBundle = (outFolder: string): boolean =>
    readFileSync(join(outFolder, 'bundle.js'), 'utf8').includes('GetBucketVersioningCommand"');

  test('is in the bundle only where there are objects', () => {
    const outFolder = join(folder, 'with-objects');
    const all = loadTopology(join(projectFolder, 'config/lab-all.yaml'));
    bundleHandlers({ projectFolder, outFolder, topology: all });
    expect([inBundle(bundle('without-objects')), inBundle(outFolder)]).toEqual([false, true]);
  });
});

describe('a bundle of small handlers', () => {
  const outFolder = bundle('small', smallProject(HANDLER_NAMES));

  test('leaves nothing of an earlier bundle', () => {
    writeFileSync(join(outFolder, 'stale.js'), '');
    bundle('small', smallProject(HANDLER_NAMES));
    expect(readdirSync(outFolder)).not.toContain('stale.js');
  });

  test('runs the handler of the entry, with its errors named as their classes are', () => {
    const { handler } = load(join(outFolder, 'roll-back.js')) as { handler: () => unknown };
    expect(handler()).toEqual(['roll-back', 'Refused']);
  });

  test('starts no other handler: each requires only its own environment', () => {
    const copy = join(folder, 'copy');
    cpSync(outFolder, copy, { recursive: true });
    process.env['EVT_REQUIRED_BY'] = 'keep-warm';
    try {
      expect(() => load(join(copy, 'roll-back.js')) as unknown).not.toThrow();
      expect(() => load(join(copy, 'keep-warm.js')) as unknown).toThrow('cold start of keep-warm');
    } finally {
      delete process.env['EVT_REQUIRED_BY'];
    }
  });
});

test('a handler that is named but not written fails the synthesis by its name', () => {
  const project = smallProject(HANDLER_NAMES.filter((name) => name !== 'roll-back'));
  expect(() => bundle('missing', project)).toThrow('No lambdas/<name>/handler.ts for: roll-back.');
});

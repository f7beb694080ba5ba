import { STEP_FUNCTIONS, TRIGGERS } from '../../lib/contract/workflows';
import { breachesIn, handlerBreaches, mentionBreaches } from './breaches';
import { isCode, projectTexts } from './project-files';

const texts = projectTexts();
const code = texts.filter(isCode);
const handlers = [...STEP_FUNCTIONS, ...TRIGGERS];

describe('the house', () => {
  it('is looked at whole', () => {
    const rooms = [
      'lib/domain/',
      'lib/ports/',
      'lib/state/',
      'lib/config/',
      'lib/infra/',
      'lib/lab/',
      'lambdas/',
    ];
    for (const room of rooms) expect(code.some(({ path }) => path.startsWith(room))).toBe(true);
  });

  it('has everybody in their room, importing only what they may', () => {
    expect(code.flatMap(breachesIn)).toEqual([]);
  });

  it('has handlers that only compose, named after a state or a trigger', () => {
    expect(code.flatMap((file) => handlerBreaches(file, handlers))).toEqual([]);
  });

  it('has a handler for every state and trigger', () => {
    const paths = code.map(({ path }) => path);
    expect(handlers.filter((name) => !paths.includes(`lambdas/${name}/handler.ts`))).toEqual([]);
  });

  it('mentions no place that exists only where it was written', () => {
    expect(texts.flatMap(mentionBreaches)).toEqual([]);
  });
});

const breaches = (path: string, text: string) => breachesIn({ path, text });

describe('the check itself', () => {
  it.each<[what: string, path: string, text: string, breach: string]>([
    [
      'a built-in in the domain',
      'lib/domain/a.ts',
      `import { join } from 'node:path';`,
      'imports the built-in node:path',
    ],
    ['a built-in without its prefix', 'lib/domain/a.ts', `import fs from 'fs';`, 'imports the built-in fs'],
    ['a package in the domain', 'lib/domain/a.ts', `import { z } from 'zod';`, 'imports the package zod'],
    [
      'another room in the domain',
      'lib/domain/a/b.ts',
      `import type { X } from '../../ports/clock';`,
      'imports lib/ports/clock (ports)',
    ],
    [
      'an export from another room',
      'lib/domain/a.ts',
      `export * from '../ports/clock';`,
      'imports lib/ports/clock',
    ],
    [
      'a dynamic import',
      'lib/domain/a.ts',
      `const x = () => import('../state/keys');`,
      'imports lib/state/keys',
    ],
    ['a require', 'lib/domain/a.ts', `const x = require('../state/keys');`, 'imports lib/state/keys'],
    ['a require.resolve', 'lib/ports/a.ts', `require.resolve('../state/keys');`, 'imports lib/state/keys'],
    [
      'an import type node',
      'lib/domain/a.ts',
      `type X = import('../state/keys').X;`,
      'imports lib/state/keys',
    ],
    ['an import equals', 'lib/domain/a.ts', `import x = require('../state/keys');`, 'imports lib/state/keys'],
    [
      'a computed import',
      'lib/state/a.ts',
      'const x = () => import(`./${name}`);',
      'imports the package (computed)',
    ],
    [
      'an SDK in a port',
      'lib/ports/a.ts',
      `import '@aws-sdk/client-sfn';`,
      'imports the package @aws-sdk/client-sfn',
    ],
    ['an SDK in the contract', 'lib/contract/a.ts', `import '@aws-sdk/client-sfn';`, 'imports the package'],
    [
      "another's SDK",
      'lib/state/a.ts',
      `import '@aws-sdk/client-sfn';`,
      'imports the package @aws-sdk/client-sfn',
    ],
    ["another engine's SDK", 'lib/engines/redis/a/x.ts', `import pg from 'pg';`, 'imports the package pg'],
    [
      'a package that only begins alike',
      'lib/engines/postgres/streaming/x.ts',
      `import 'pg-promise';`,
      'imports the package pg-promise',
    ],
    [
      'a sibling engine',
      'lib/engines/redis/replica/x.ts',
      `import '../../postgres/streaming/y';`,
      'imports the sibling engine lib/engines/postgres/streaming/y',
    ],
    [
      'a sibling within a component',
      'lib/engines/postgres/rds/x.ts',
      `import '../streaming/y';`,
      'imports the sibling engine',
    ],
    [
      'an adapter in an engine',
      'lib/engines/api/http/x.ts',
      `import '../../../state/keys';`,
      'imports lib/state/keys (state)',
    ],
    [
      'the stack in the configuration',
      'lib/config/a.ts',
      `import '../infra/x';`,
      'imports lib/infra/x (infra)',
    ],
    [
      'an SDK in the configuration',
      'lib/config/a.ts',
      `import '@aws-sdk/client-ssm';`,
      'imports the package',
    ],
    [
      'the CDK outside the stack',
      'lib/lab/a.ts',
      `import { App } from 'aws-cdk-lib/core';`,
      'imports aws-cdk-lib/core, which only infra and app may',
    ],
    ['the CDK in the CLI entry', 'bin/evac.ts', `import 'aws-cdk-lib';`, 'imports aws-cdk-lib'],
    [
      'an adapter in the stack',
      'lib/infra/stacks/x.ts',
      `import '../../state/keys';`,
      'imports lib/state/keys (state)',
    ],
    [
      'a handler in the stack',
      'lib/infra/stacks/x.ts',
      `import '../../../lambdas/a/handler';`,
      'imports lambdas/a/handler (lambdas)',
    ],
    [
      'an SDK in a handler',
      'lambdas/a/handler.ts',
      `import '@aws-sdk/client-sfn';`,
      'imports the package @aws-sdk/client-sfn',
    ],
    [
      'an adapter in a handler',
      'lambdas/a/handler.ts',
      `import '../../lib/state/keys';`,
      'imports lib/state/keys (state)',
    ],
    [
      'the lab in the composition root',
      'lambdas/shared/dependencies.ts',
      `import '../../lib/lab/x';`,
      'imports lib/lab/x (lab)',
    ],
    ['the lab in the product', 'lib/state/a.ts', `import '../lab/x';`, 'imports lib/lab/x (lab)'],
    ['the stack in the CLI', 'lib/cli/a.ts', `import '../infra/x';`, 'imports lib/infra/x (infra)'],
    [
      'a test in the product',
      'lib/lab/a.ts',
      `import '../../test/x';`,
      'imports test/x, which lies in no room',
    ],
    ['a file in no room', 'lib/utils/a.ts', '', 'lies in no room'],
    ['the clock', 'lib/domain/a.ts', 'const a = Date.now();', 'uses Date.now'],
    ['the clock by a key', 'lib/domain/a.ts', `const a = Date['now']();`, 'uses Date.now'],
    ['the clock by a new Date', 'lib/domain/a.ts', 'const a = new Date();', 'reads the clock by Date'],
    ['the clock by a bare Date', 'lib/domain/a.ts', 'const a = Date();', 'reads the clock by Date'],
    ['chance', 'lib/domain/a.ts', 'const a = Math.random();', 'uses Math.random'],
    ['the process', 'lib/domain/a.ts', `const a = process.env['X'];`, 'uses process'],
    ['the process in a shorthand', 'lib/domain/a.ts', 'const a = { process };', 'uses process'],
    ['a timer', 'lib/domain/a.ts', 'setTimeout(() => undefined, 1);', 'uses setTimeout'],
    ['waiting', 'lib/domain/a.ts', 'const a = async () => 1;', 'is asynchronous'],
    ['a promise', 'lib/domain/a.ts', 'const a = Promise.resolve(1);', 'uses Promise'],
    [
      'a timer in the interpreter',
      'lib/asl/a.ts',
      'setTimeout(() => undefined, 1);',
      'uses the timer setTimeout',
    ],
    ['the environment in an adapter', 'lib/state/a.ts', `const a = process.env['X'];`, 'reads process.env'],
    ['the environment by a key', 'lib/state/a.ts', `const a = process['env'];`, 'reads process.env'],
    [
      'the environment in a handler',
      'lambdas/a/handler.ts',
      `const a = process.env['X'];`,
      'reads process.env',
    ],
  ])('finds %s', (_what, path, text, breach) => {
    expect(breaches(path, text).join('\n')).toContain(breach);
  });

  it.each<[what: string, path: string, text: string]>([
    ['a date from a number', 'lib/domain/a.ts', 'const a = new Date(5).toISOString();'],
    ['a property called process', 'lib/domain/a.ts', 'const a = (b: { process: number }) => b.process;'],
    ['a package named in a text', 'lib/domain/a.ts', `const a = 'aws-cdk-lib'; // import 'zod'`],
    [
      'what an engine shares with its component',
      'lib/engines/postgres/streaming/x.ts',
      `import '../wal'; import './y';`,
    ],
    [
      'the registry',
      'lib/engines/registry.ts',
      `import './postgres/streaming/y'; import './redis/replica/y';`,
    ],
    [
      'the composition root',
      'lambdas/shared/dependencies.ts',
      `import '../../lib/state/keys'; import '../../lib/config/x';`,
    ],
    [
      'a handler that asks the composition root',
      'lambdas/a/handler.ts',
      `import { x } from '../shared/dependencies';`,
    ],
    [
      'the stack',
      'lib/infra/stacks/x.ts',
      `import 'aws-cdk-lib/aws-sns'; import '../../config/load-topology';`,
    ],
    ['the lab', 'lib/lab/x.ts', `import '../cli/y'; import '../state/keys'; const a = process.env['X'];`],
  ])('leaves %s alone', (_what, path, text) => {
    expect(breaches(path, text)).toEqual([]);
  });

  it('counts the lines of a handler and knows its name', () => {
    const text = 'x;\n'.repeat(41);
    expect(handlerBreaches({ path: 'lambdas/zebra/handler.ts', text }, handlers)).toEqual([
      'lambdas/zebra/handler.ts: 41 lines, at most 40 allowed',
      'lambdas/zebra/handler.ts: zebra is no state and no trigger of lib/contract/workflows.ts',
    ]);
    expect(handlerBreaches({ path: 'lambdas/shared/handler.ts', text }, handlers)).toEqual([]);
  });

  it.each([
    ['a note outside the project', ['see ..', 'shared', 'design.md'].join('/')],
    ['a folder of this machine', ['path: ', 'work', 'main', 'lib'].join('/')],
    ['a home', ['', 'home', 'somebody', 'x'].join('/')],
  ])('finds %s in a text', (_what, text) => {
    expect(mentionBreaches({ path: 'docs/x.md', text })).toHaveLength(1);
  });

  it.each(['../shared/dependencies', 'https://example.com/work/x', 'lib/work/x', '`${folder}/work/x`'])(
    'leaves %s alone in a text',
    (text) => expect(mentionBreaches({ path: 'docs/x.md', text })).toEqual([]),
  );
});

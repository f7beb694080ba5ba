import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findCgroupMount } from '../../lib/lab/layout';
import { findExecutable } from '../../lib/lab/run-tool';
import { findPostgres } from '../../lib/lab/postgres-binaries';

const lackingTools = (): readonly string[] =>
  ['ip', 'nft', 'nsenter', 'setpriv', 'ipcrm'].filter((tool) => findExecutable(tool) === null);

const cgroupsUsable = (): boolean => {
  const mount = findCgroupMount();
  return mount !== null && existsSync(join(mount, 'cgroup.procs'));
};

/** Why this machine cannot run a lab; null when it can. */
export function whyNoLab(uid = process.getuid?.()): string | null {
  if (uid !== 0) return 'network namespaces and cgroups need root';
  if (!cgroupsUsable()) return 'cgroup v2 is not mounted';
  const lacking = lackingTools();
  return lacking.length === 0 ? null : `not on this machine: ${lacking.join(', ')}`;
}

/** As whyNoLab, for what also needs a PostgreSQL server. */
export const whyNoPostgres = (): string | null =>
  whyNoLab() ?? (findPostgres() === null ? 'no PostgreSQL server (15 or newer) on this machine' : null);

export type Block = (name: string, fn: () => void) => void;
export interface Jest {
  readonly run: Block;
  readonly skip: Block;
  readonly fail: (name: string, message: string) => void;
}

const realJest: Jest = {
  run: describe,
  skip: describe.skip,
  fail: (name, message) =>
    describe(name, () => {
      test('can run here', () => {
        throw new Error(message);
      });
    }),
};

/** Nothing is skipped silently: the reason is said, and where everything has to run (CI) it is a failure. */
export function describeWhere(
  block: { readonly name: string; readonly whyNot: string | null; readonly fn: () => void },
  {
    ci = process.env['CI'] !== undefined,
    jest = realJest,
  }: { readonly ci?: boolean; readonly jest?: Jest } = {},
): void {
  const { name, whyNot, fn } = block;
  if (whyNot === null) return jest.run(name, fn);
  process.stderr.write(`NOT RUN: ${name}: ${whyNot}\n`);
  if (ci) return jest.fail(name, `not run: ${whyNot}`);
  jest.skip(name, fn);
}

/** Tests that need a real lab. */
export const describeOnLab: Block = (name, fn) => describeWhere({ name, whyNot: whyNoLab(), fn });

/** Tests that need a real lab and a real PostgreSQL server. */
export const describeOnPostgres: Block = (name, fn) => describeWhere({ name, whyNot: whyNoPostgres(), fn });

import { buildSync } from 'esbuild';
import { join } from 'node:path';
import type { HandlerName } from '../../lib/infra/bundling/handler-folders';
import { HANDLER_NAMES } from '../../lib/infra/bundling/handler-folders';
import type { Need } from '../../lib/infra/iam/needs';
import { needsOf } from '../../lib/infra/iam/needs';
import { projectFolder } from './synthesized';

/** What a use of a port in a handler's logic needs; `functions` is told apart by who is called. */
const NEEDS_OF_USES: readonly (readonly [RegExp, Need])[] = [
  [/\bstore\.\w|\breadSeat\(/, 'state'],
  [/\bofEach\(|\bengineOf\(|\breaderOf\(/, 'stores'],
  [/\bapi\.probe\b/, 'apis'],
  [/\bsamples\.(mark|since)\b/, 'read-samples'],
  [/\btraffic\.current\b/, 'read-traffic'],
  [/\btraffic\.shift\b/, 'shift-traffic'],
  [/\bwitnesses\.freshRound\b/, 'ask-witnesses'],
  [/\bworkflows\.start\((?!"verify")/, 'start-operations'],
  [/\bworkflows\.start\("verify"/, 'start-comparisons'],
  [/\bworkflows\.(status|stop)\b/, 'stop-operations'],
  [/\bmetrics\.put\b/, 'metrics'],
  [/\bfunctions\.fire\("reconcile-seat"/, 'ask-reconcile'],
  [/\bfunctions\.fire\("balance-traffic"/, 'ask-balance'],
  [/\bfunctions\.ping\b/, 'warm-steps'],
  [/\bengine\.(fence|rejoin)\(/, 'hosts'],
];

/** Seen in the bundle, but out of the Lambda's reach when it runs. */
const NOT_REACHED: Partial<Record<HandlerName, readonly Need[]>> = {
  // It borrows a sentence from roll-back, whose table of steps esbuild cannot prove to be unused.
  'record-outcome': ['stores'],
  // It sends the pings and gets none, so it never warms its own ports.
  'keep-warm': ['state'],
};

/** What of the handlers' own code a Lambda can reach: bundled alone, with the ports themselves left out. */
const reachableCode = (name: HandlerName): string => {
  const built = buildSync({
    entryPoints: [join(projectFolder, 'lambdas', name, 'handler.ts')],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    external: ['*/dependencies'],
  });
  return built.outputFiles.map(({ text }) => text).join('');
};

const usedBy = (name: HandlerName): readonly Need[] => {
  const text = reachableCode(name);
  const used = NEEDS_OF_USES.filter(([use]) => use.test(text)).map(([, need]) => need);
  return used.filter((need) => !(NOT_REACHED[name] ?? []).includes(need));
};

const INCLUDED: Partial<Record<Need, readonly Need[]>> = {
  // What was shifted is read back.
  'shift-traffic': ['read-traffic'],
  // The APIs are in the stores' network.
  stores: ['apis'],
};

const given = (name: HandlerName): readonly Need[] =>
  needsOf(name).flatMap((need) => [need, ...(INCLUDED[need] ?? [])]);

/** A Lambda whose modules use a port without the need would be refused by IAM, and only in an account. */
test.each(HANDLER_NAMES)('%s has what its code uses', (name) => {
  expect(given(name)).toEqual(expect.arrayContaining([...usedBy(name)]));
});

/** Who has more than its own modules show would hold a permission that nobody uses. */
test.each(HANDLER_NAMES)('%s has no more than its code uses', (name) => {
  expect([...usedBy(name)]).toEqual(expect.arrayContaining([...needsOf(name)]));
});

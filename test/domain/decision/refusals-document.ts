import { assessRequest } from '../../../lib/domain/decision/assess-request';
import { decide } from '../../../lib/domain/decision/decide';
import type { Decision, Reason } from '../../../lib/domain/decision/decision';
import type { Operation } from '../../../lib/domain/protocol/seat';
import { HOLD, REQUESTS } from './requests';
import type { Setting } from './world';
import { CALM_GRID, NOW_MS, snapshotOf, ZONE_LOSS_GRID } from './world';

export const REFUSALS_DOCUMENT = 'docs/refusals.md';

const HEAD = `# What Evac says when it does not act, or does

Generated from the cases of the tests (\`test/domain/decision\`); do not edit. The same words and numbers are in the log, in
\`evac explain\`, in the decision's item and in the report. az-a writes, az-b is its standby.
`;

const UNCONFIRMED = `
  az-a     silent
  az-b     F    F     F        o    o     o        o
  az-c     f    f     F        o    o     o        .
  region   .    F     .        .    o     .        .`;

const CONTRADICTED = `
  az-a     silent
  az-b     F    F     F        o    o     o        o
  az-c     o    F     F        o    o     o        .
  region   .    F     .        .    o     .        .`;

const API_DEAD_IN_BOTH = `
  az-a     o    F     o        o    F     o        o
  az-b     o    F     o        o    F     o        o
  az-c     o    F     o        o    F     o        .
  region   .    F     .        .    F     .        .`;

const TARGET_UNSEEN = `
  az-a     silent
  az-b     F    F     F        o    o     o        o
  az-c     F    F     F        u    u     u        .
  region   .    F     .        .    u     .        .`;

const running = {
  kind: 'degrade',
  mode: 'emergency',
  epoch: 7,
  from: 'az-a',
  to: 'az-b',
  phase: 'claimed',
  execution: 'orders-e7',
  stores: ['postgres'],
} as Partial<Operation> as Operation;

/** What a witness says by itself. */
const OF_THEMSELVES: readonly (readonly [string, string, Setting])[] = [
  ['az-a is lost', ZONE_LOSS_GRID, {}],
  ['az-a is lost, automatic is off', ZONE_LOSS_GRID, { policy: { automatic: 'off' } }],
  ['az-a is lost, automatic is shadow', ZONE_LOSS_GRID, { policy: { automatic: 'shadow' } }],
  ['az-a is lost in the cooldown', ZONE_LOSS_GRID, { seat: { cooldownUntilMs: NOW_MS + 61_500 } }],
  ['az-a is lost while something runs', ZONE_LOSS_GRID, { seat: { operation: running } }],
  ['az-a is lost, no standby is eligible', ZONE_LOSS_GRID, { seat: { eligible: null } }],
  [
    'az-a is lost, and a person has paused the sync',
    ZONE_LOSS_GRID,
    { seat: { eligible: null, hold: HOLD } },
  ],
  ['az-b is well, and a person has paused the sync', CALM_GRID, { seat: { eligible: null, hold: HOLD } }],
  [
    'az-a is lost, the confidence asked for is more than there is',
    ZONE_LOSS_GRID,
    { policy: { minimumConfidence: 101 } },
  ],
  [
    'az-a is lost, and the last try has just been undone',
    ZONE_LOSS_GRID,
    {
      seat: {
        lastOutcome: {
          epoch: 7,
          kind: 'failover',
          stores: ['postgres'],
          mode: 'emergency',
          from: 'az-a',
          to: 'az-b',
          result: 'rolled-back',
          reason: 'promote failed',
          atMs: NOW_MS - 100,
        } as never,
      },
    },
  ],
  ['az-a is lost, and nobody outside az-b has an answer from it', TARGET_UNSEEN, {}],
  ['az-a fails, not confirmed by all yet', UNCONFIRMED, {}],
  ['az-b says that az-a failed, az-c sees its PostgreSQL', CONTRADICTED, {}],
  ['the API died in both zones', API_DEAD_IN_BOTH, {}],
  ['all is well', CALM_GRID, {}],
];

const numbersOf = ({ numbers }: Reason): string => {
  const parts = Object.entries(numbers).map(([name, value]) => `${name} ${String(value)}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
};

const said = (title: string, { kind, operation, reasons }: Decision): string =>
  [
    `- ${title}: **${kind}**${operation === null ? '' : `, ${operation.mode} ${operation.kind} ${operation.from} → ${operation.to}`}`,
    ...reasons.map((reason) => `  - \`${reason.code}\`: ${reason.sentence}${numbersOf(reason)}`),
  ].join('\n');

export const refusalsDocument = (): string =>
  [
    HEAD,
    '## By itself',
    '',
    ...OF_THEMSELVES.map(([title, grid, setting]) => said(title, decide(snapshotOf(grid, setting)))),
    '',
    '## When a person asks',
    '',
    ...REQUESTS.map(({ why, grid, setting, request }) =>
      said(why, assessRequest(snapshotOf(grid ?? CALM_GRID, setting), request)),
    ),
    '',
  ].join('\n');

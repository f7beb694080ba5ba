import { checkResources } from '../../lambdas/check-resources/check-resources';
import type { Ports } from '../../lambdas/shared/ports';
import type { StepInput } from '../../lambdas/shared/step';
import { runStep } from '../../lambdas/shared/step';
import type { Bug } from './bug';
import { spaceFor } from './bug';
import { LAMBDAS } from './lambdas';

type Rows = readonly string[];

/** Rows in the order az-a, az-b, az-c, region; columns pg, api, host of az-a, of az-b, then a peer. */
const seeing =
  (change: (rows: Rows) => Rows) =>
  (grid: string): string =>
    change(grid.split('/')).join('/');

const rowC = (rows: Rows, row: string): Rows => rows.map((own, index) => (index === 2 ? row : own));

const preparedOnOldRounds = (input: StepInput, ports: Ports): Promise<unknown> =>
  runStep(
    {
      ...checkResources,
      act: (context) =>
        checkResources.act({ ...context, operation: { ...context.operation, trigger: 'human' } }),
    },
    input,
    ports,
  );

const twoFaults = { budget: { faults: 2, looks: 1, witnesses: 1 } } as const;

/** Bugs in what is taken for evidence, and in how long it counts. */
export const BUGS_OF_EVIDENCE: readonly Bug[] = [
  {
    id: 'unknown-read-as-failed',
    rule: 'I9',
    about: 'a witness whose own timers ran late counts as having seen a failure',
    rules: { see: (grid) => grid.replaceAll('u', 'F'), eager: true },
    space: spaceFor('late witness', {
      ...twoFaults,
      faults: ['az-a and az-b lose each other', "az-c's witness runs late"],
    }),
  },
  {
    id: 'silence-read-as-failed',
    rule: 'I9',
    about: 'a witness that writes nothing counts as having seen a failure',
    rules: { see: seeing((rows) => (rows[2] === '-' ? rowC(rows, 'FFFooo.') : rows)), eager: true },
    space: spaceFor('silent witness', {
      ...twoFaults,
      faults: ['az-a and az-b lose each other', "az-c's witness falls silent"],
    }),
  },
  {
    id: 'quorum-of-two-zones',
    rule: 'I10',
    about: 'the other data zone may carry a claim without anybody outside both',
    rules: { see: seeing((rows) => rowC(rows, `${rows[1]?.slice(0, 6) ?? ''}.`)), eager: true },
    space: spaceFor('link cut', {
      budget: { faults: 1, looks: 1, witnesses: 1 },
      faults: ['az-a and az-b lose each other'],
    }),
  },
  {
    id: 'blind-witness-votes',
    rule: '§3b.10',
    about: 'a witness that reaches nothing at all still accuses',
    rules: { see: (grid) => grid.replace('FFFFFF.', 'FFFooo.').replace('FFFoooF', 'FFFoooo'), eager: true },
    space: spaceFor('blind witness', {
      ...twoFaults,
      faults: ['az-a and az-b lose each other', "az-c's witness is cut off from all zones"],
    }),
  },
  {
    id: 'blocked-read-as-failed',
    rule: '§3b.6',
    about: 'a primary whose commits wait for a lost standby counts as failed',
    rules: { see: (grid) => grid.replaceAll('s', 'F'), eager: true },
    space: spaceFor('blocked primary', {
      budget: { faults: 1, looks: 1, witnesses: 1 },
      faults: ['az-a and az-b lose each other'],
    }),
  },
  {
    id: 'degrade-on-its-own-word',
    rule: '§3b.5',
    about: "the primary's own witness is enough to let it go on alone",
    rules: { see: seeing((rows) => rowC(rows, `${rows[0]?.slice(0, 6) ?? ''}.`)), eager: true },
    space: spaceFor('own word', {
      ...twoFaults,
      faults: ['az-a and az-b lose each other', "az-c's witness is cut off from all zones"],
    }),
  },
  {
    id: 'alarm-is-a-verdict',
    rule: 'I9',
    about: 'an alarm is believed without a look of the witnesses',
    rules: { see: () => '-/FFFoooo/FFFooo./.F..o..' },
    space: spaceFor('false alarm', { budget: { alarms: 1 } }),
  },
  {
    id: 'claim-on-stale-evidence',
    rule: '§3b.9',
    about: 'a claim does not compare how far the voters have gone on',
    rules: { evidence: () => [] },
    space: spaceFor('paused claimer', {
      budget: { faults: 1, looks: 1, leaps: 1, witnesses: 1 },
      faults: ['az-a dies'],
    }),
  },
  {
    id: 'prepared-on-old-rounds',
    rule: '§3b.9',
    about: 'what was claimed is carried out without a newer round',
    rules: { lambdas: { ...LAMBDAS, 'check-resources': preparedOnOldRounds } },
    space: spaceFor('old rounds', {
      budget: { faults: 1, looks: 1, witnesses: 1 },
      faults: ['az-a dies'],
    }),
  },
];

import type { FaultInstants } from '../../faults';
import { failedOverOnce, unless } from '../expectations';
import { movedTo, standbyIs, stepOf } from '../moves';
import type { Row, Scenario } from '../scenario';
import { scenario } from '../scenario';

type Inject = (row: Row) => FaultInstants | Promise<FaultInstants>;

const kill: Inject = ({ lab, home }) => lab.faults.kill(home);
const freeze: Inject = ({ lab, home }) => lab.faults.freeze(home);
const cut: Inject = ({ lab, home }) => lab.faults.cut(home);

const lost = (how: string, inject: Inject): Scenario =>
  scenario({
    name: `zone-${how}`,
    fault: `az-a ${how}`,
    must: 'failover to az-b, 0 lost',
    deadlineMs: 60_000,
    steps: async (row) => {
      await row.fault(`${row.home} is ${how}`, () => inject(row));
      await movedTo(row, row.away);
      await row.recovered();
    },
    expectation: failedOverOnce,
  });

/** Long enough that the new writer has long gone on, short enough that no connection has been given up. */
const AWAY_MS = 30_000;

/** How the old primary came back, from the journal of the rejoin that ended last. */
const howRejoined = async (row: Row): Promise<string> => {
  const rejoin = row.history.outcomes().findLast(({ kind }) => kind === 'rejoin');
  const step = rejoin === undefined ? null : await stepOf(row, rejoin.epoch, 'rejoin-standby');
  return String(step?.detail['how'] ?? 'not journalled');
};

const returning = (
  name: string,
  words: { readonly fault: string; readonly before: string; readonly after: string },
  acts: { readonly begin: Inject; readonly end: Inject },
): Scenario =>
  scenario({
    name,
    fault: words.fault,
    must: 'the old primary acknowledges no write that the new writer lacks, is re-fenced, rewound, rejoins; 0 lost',
    deadlineMs: 150_000,
    steps: async (row) => {
      await row.fault(`${row.home} is ${words.before}`, () => acts.begin(row));
      await movedTo(row, row.away);
      await row.recovered();
      await row.lastUntil(AWAY_MS);
      await row.fault(`${row.home} is ${words.after}, its clients still connected`, () => acts.end(row));
      await standbyIs(row, row.home);
      return howRejoined(row);
    },
    expectation: (measured, how) => [
      ...failedOverOnce(measured),
      ...unless(
        how === 'rewound' || how === 'recloned',
        `the old primary rewound wanted, it rejoined as: ${how}`,
      ),
    ],
  });

export const ZONE_LOST: readonly Scenario[] = [
  lost('killed', kill),
  lost('frozen', freeze),
  lost('cut', cut),
  returning(
    'zone-cut-healed',
    {
      fault: 'az-a cut, healed 30 s later with clients still connected to it',
      before: 'cut',
      after: 'healed',
    },
    { begin: cut, end: ({ lab, home }) => lab.faults.heal(home) },
  ),
  returning(
    'zone-frozen-thawed',
    {
      fault: 'az-a frozen, thawed 30 s later with clients still connected to it',
      before: 'frozen',
      after: 'thawed',
    },
    { begin: freeze, end: ({ lab, home }) => lab.faults.thaw(home) },
  ),
];

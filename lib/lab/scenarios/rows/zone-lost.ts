import type { FaultInstants } from '../../faults';
import { failedOverOnce, unless } from '../expectations';
import { movedTo, standbyIs, stepOf } from '../moves';
import { describeReplication, isSynchronousWith, replicationIn, serverIn } from '../postgres-words';
import type { Row, Scenario } from '../scenario';
import { scenario } from '../scenario';
import { heldThrough } from '../zone-writes';

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

/** The zombie after its return, from the clients' side and the servers', not the seat's. */
const lookAtReturned = async (
  row: Row,
  {
    lost,
    back,
    epoch,
  }: { readonly lost: FaultInstants; readonly back: FaultInstants; readonly epoch: number },
) => {
  const { home } = row;
  const stretch = { fromMs: lost.startedAtMonotonicMs, toMs: back.startedAtMonotonicMs };
  const kept = heldThrough(row.writers.answers(), home, stretch);
  const how = await howRejoined(row);
  const became = kept.map(({ id, outcome }) => `${id} ${outcome}`).join(', ');
  row.say(
    `${row.name}: ${home} was ${how}; writes over connections from before the fault: ${became || 'none'}`,
  );
  const server = await serverIn(row, home);
  return { how, kept, server, back, epoch, home, replication: await replicationIn(row, row.away) };
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
      const lost = await row.fault(`${row.home} is ${words.before}`, () => acts.begin(row));
      const { seat } = await movedTo(row, row.away);
      await row.recovered();
      await row.lastUntil(AWAY_MS);
      const back = await row.fault(`${row.home} is ${words.after}, its clients still connected`, () =>
        acts.end(row),
      );
      await standbyIs(row, row.home);
      return lookAtReturned(row, { lost, back, epoch: seat.epoch });
    },
    expectation: (measured, { how, kept, server, back, epoch, home, replication }) => [
      ...failedOverOnce(measured),
      ...unless(
        kept.length > 0,
        `a connection to ${home} from before the fault, kept until after it, wanted`,
      ),
      ...unless(
        (server?.startedAtMs ?? 0) > back.startedAtMs,
        `the old primary in ${home} stopped after its return wanted, it runs since before`,
      ),
      ...unless(
        server?.isStandby === true && server.fenceEpoch >= epoch,
        `${home} a standby that knows epoch ${epoch} wanted, found ${JSON.stringify(server)}`,
      ),
      ...unless(how === 'rewound', `the old primary rewound wanted, it rejoined as: ${how}`),
      ...unless(
        isSynchronousWith(replication, home),
        `${home} the synchronous standby wanted, ${describeReplication(replication)}`,
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

import type { Act } from './clients';
import { CLIENT_ACTS } from './clients';
import {
  abort,
  crash,
  doubleUp,
  giveUp,
  leaveBehind,
  loseAnswer,
  mayRetry,
  overrun,
  pendingOf,
  perform,
  redeliver,
} from './controllers';
import type { Explorer } from './explorer';
import type { Space } from './space';
import { personActs, START_ACTS } from './starts';
import { faultActs, SURROUNDINGS_ACTS } from './surroundings';
import { tidy } from './tidy';
import type { BudgetName, Process, World } from './world';
import { draftOf, spend } from './world';

/** Everything that may happen next. */

export interface Step {
  readonly say: () => string;
  readonly next: World;
}

type Fate = (world: World, explorer: Explorer, process: Process) => void;

interface Move {
  readonly what: string;
  readonly budget: BudgetName;
  readonly may: (explorer: Explorer, process: Process) => boolean;
  readonly fate: Fate;
}

const isLive = ({ kind }: Process): boolean => kind === 'task' || kind === 'caller';
const always = (_explorer: Explorer, process: Process): boolean => isLive(process);
const asTask = (_explorer: Explorer, { kind }: Process): boolean => kind === 'task';
const isEffect = (explorer: Explorer, process: Process): boolean => {
  const { name } = pendingOf(explorer, process);
  const reads = ['store.readSeat', 'store.readSituation', 'postgres.probe', 'postgres.verify'];
  return isLive(process) && !reads.includes(name);
};

const MOVES: readonly Move[] = [
  { what: 'gets no answer', budget: 'timeouts', may: always, fate: loseAnswer },
  { what: 'gets no answer, and its call lands later', budget: 'late', may: isEffect, fate: leaveBehind },
  { what: 'crashes', budget: 'crashes', may: always, fate: crash },
  { what: 'crashes and is delivered again', budget: 'crashes', may: mayRetry, fate: redeliver },
  { what: 'times out, and its Lambda lives on', budget: 'overruns', may: asTask, fate: overrun },
  { what: 'is delivered twice, and both live', budget: 'doubles', may: mayRetry, fate: doubleUp },
  {
    what: 'is aborted, and its Lambda lives on',
    budget: 'aborts',
    may: asTask,
    fate: (world, _explorer, process) => abort(world, process),
  },
];

const nameOf = (explorer: Explorer, process: Process): string => {
  const call = pendingOf(explorer, process);
  if (process.kind === 'late') return `a late ${call.name}`;
  const { lambda } = explorer.runs.at(process.node);
  const whose =
    process.kind === 'task' ? `${process.execution}, ` : process.kind === 'zombie' ? 'the zombie ' : '';
  return `${whose}${lambda}`;
};

const aimOf = (explorer: Explorer, process: Process): string => {
  const { name, args } = pendingOf(explorer, process);
  const [first] = args as readonly [{ readonly type?: string; readonly to?: unknown } | string | undefined];
  const detail =
    typeof first === 'string'
      ? first
      : [first?.type, first?.to].filter((part) => typeof part === 'string').join(' ');
  return `${name}(${detail})`;
};

interface From {
  readonly world: World;
  readonly explorer: Explorer;
  /** A copy that nobody has changed yet. */
  spare: World | null;
}

/** One step from a world. `change` works on a copy; when there is no such step it says false, and has changed nothing. */
const stepFrom = (from: From, say: () => string, change: (next: World) => boolean): readonly Step[] => {
  const next = from.spare ?? draftOf(from.world);
  from.spare = next;
  if (!change(next)) return [];
  from.spare = null;
  tidy(next, from.explorer);
  return [{ say, next }];
};

const processSteps = (from: From, index: number): readonly Step[] => {
  const { world, explorer } = from;
  const process = world.processes[index];
  if (process === undefined) return [];
  const said = (what: string) => () => `${nameOf(explorer, process)}: ${aimOf(explorer, process)} ${what}`;
  const own = (next: World): Process => next.processes[index] ?? process;
  const done = stepFrom(
    from,
    said(process.stage === 0 ? 'is carried out' : `goes on (${process.stage})`),
    (next) => perform(next, explorer, own(next)) !== 'blocked',
  );
  const waits =
    done.length > 0
      ? []
      : stepFrom(from, said('is given up'), (next) => {
          giveUp(next, explorer, own(next));
          return true;
        });
  const open = MOVES.filter(({ budget, may }) => world.budget[budget] > 0 && may(explorer, process));
  const faults = open.flatMap(({ what, budget, fate }) =>
    stepFrom(from, said(what), (next) => {
      spend(next, budget);
      fate(next, explorer, own(next));
      return true;
    }),
  );
  return [...done, ...waits, ...faults];
};

const actsOf = (space: Space): readonly Act[] => [
  ...CLIENT_ACTS,
  ...SURROUNDINGS_ACTS,
  ...faultActs(space.faults),
  ...START_ACTS,
  ...personActs(space.people),
];

/** The function that lists a space's next steps, always in the same order. @throws Missing */
export const successorsIn = (space: Space, explorer: Explorer): ((world: World) => readonly Step[]) => {
  const acts = actsOf(space);
  return (world) => {
    const from = { world, explorer, spare: null };
    return [
      ...world.processes.flatMap((_, index) => processSteps(from, index)),
      ...acts.flatMap(({ say, act }) =>
        stepFrom(
          from,
          () => say,
          (next) => act(next, explorer),
        ),
      ),
    ];
  };
};

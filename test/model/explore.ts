import { createExplorer } from './explorer';
import type { Judged } from './judge';
import { createJudge } from './judge';
import { Missing } from './local-run';
import type { Rules } from './rules';
import type { Space } from './space';
import { firstWorldOf } from './space';
import type { Step } from './successors';
import { successorsIn } from './successors';
import type { Visited } from './visited';
import { createVisited } from './visited';
import type { World } from './world';

/** Breadth first over a space, until nothing new is found: so the first story found is a shortest one. */

export interface Violation extends Judged {
  /** One sentence a step, from the beginning of the space. */
  readonly story: readonly string[];
}

export interface Exploration {
  readonly space: string;
  /** With what is left of each budget told apart. */
  readonly states: number;
  /** Without the budgets, and with local states that have the same future taken for one. */
  readonly distinctStates: number;
  readonly transitions: number;
  readonly depth: number;
  /** False: a limit was reached first, or a violation ended it. */
  readonly exhausted: boolean;
  readonly localStates: number;
  readonly violation: Violation | null;
  readonly seconds: number;
  /** The most memory that this process has held so far, MiB. */
  readonly peakMemoryMib: number;
}

export interface Limits {
  readonly maxStates: number;
  readonly maxDepth: number;
}

/** Runs what needs local states until all that it needs are known. */
const grown = async <T>(work: () => T): Promise<T> => {
  for (;;) {
    try {
      return work();
    } catch (cause) {
      if (!(cause instanceof Missing)) throw cause;
      await cause.grow();
    }
  }
};

interface Node {
  readonly world: World;
  readonly state: number;
}

interface Search {
  readonly first: World;
  readonly successors: (world: World) => readonly Step[];
  readonly judge: (world: World) => Judged | null;
  readonly visited: Visited;
}

interface Layer {
  readonly nodes: readonly Node[];
  readonly transitions: number;
  readonly found: { readonly judged: Judged; readonly state: number } | null;
}

/** One more step from everywhere; ends at the first state that breaks something. */
const nextLayer = async ({ successors, judge, visited }: Search, nodes: readonly Node[]): Promise<Layer> => {
  const next: Node[] = [];
  let transitions = 0;
  for (const { world, state: parent } of nodes) {
    const steps = await grown(() => successors(world));
    transitions += steps.length;
    const fresh = steps.flatMap(({ next: reached }, choice): readonly Node[] => {
      const state = visited.add(reached, parent, choice);
      return state === null ? [] : [{ world: reached, state }];
    });
    const bad = await grown(() => firstBad(fresh, judge));
    if (bad !== null) return { nodes: next, transitions, found: bad };
    next.push(...fresh);
  }
  return { nodes: next, transitions, found: null };
};

const firstBad = (nodes: readonly Node[], judge: Search['judge']): Layer['found'] => {
  for (const { world, state } of nodes) {
    const judged = judge(world);
    if (judged !== null) return { judged, state };
  }
  return null;
};

const tell = async (
  { first, successors }: Search,
  choices: readonly number[],
): Promise<readonly string[]> => {
  const story: string[] = [];
  let world = first;
  for (const choice of choices) {
    const here = world;
    const step = (await grown(() => successors(here)))[choice];
    if (step === undefined) throw new Error('the story cannot be told again');
    story.push(step.say());
    world = step.next;
  }
  return story;
};

/** Explores a space under these rules; what it finds first is the violation with the shortest story. */
export const explore = async (space: Space, rules: Rules, limits: Limits): Promise<Exploration> => {
  const startedMs = performance.now();
  const explorer = createExplorer(rules);
  const first = firstWorldOf(space);
  const visited = createVisited(first);
  const search = { first, successors: successorsIn(space, explorer), judge: createJudge(explorer), visited };
  let layer: Layer = { nodes: [{ world: first, state: 0 }], transitions: 0, found: null };
  let [transitions, depth] = [0, 0];
  while (layer.nodes.length > 0 && depth < limits.maxDepth && visited.size() < limits.maxStates) {
    layer = await nextLayer(search, layer.nodes);
    transitions += layer.transitions;
    depth += 1;
    if (layer.found !== null) break;
  }
  const { found } = layer;
  return {
    space: space.name,
    states: visited.size(),
    distinctStates: visited.countDistinct(explorer.runs),
    transitions,
    depth,
    exhausted: layer.nodes.length === 0 && found === null,
    localStates: explorer.runs.size(),
    violation:
      found === null ? null : { ...found.judged, story: await tell(search, visited.pathTo(found.state)) },
    seconds: (performance.now() - startedMs) / 1000,
    peakMemoryMib: Math.round(process.resourceUsage().maxRSS / 1024),
  };
};

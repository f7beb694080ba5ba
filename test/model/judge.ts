import { createCalmCheck } from './calm';
import type { Explorer } from './explorer';
import { STATE_INVARIANTS } from './invariants';
import type { World } from './world';
import { surroundingsKey } from './world';

/** What a state is judged by: what its last step broke, the invariants of a state, and what becomes of it in calm. */
export interface Judged {
  readonly invariant: string;
  readonly sentence: string;
}

const split = (broken: string): Judged => {
  const at = broken.indexOf(': ');
  return { invariant: broken.slice(0, at), sentence: broken.slice(at + 2) };
};

const hasLiveController = (world: World): boolean =>
  world.processes.some(({ kind }) => kind === 'task' || kind === 'caller');

const judgeNow = (world: World, explorer: Explorer): Judged | null => {
  const [broken] = world.broken;
  if (broken !== undefined) return split(broken);
  for (const { name, holds } of STATE_INVARIANTS) {
    const sentence = holds(world, explorer);
    if (sentence !== null) return { invariant: name, sentence };
  }
  return null;
};

/** @throws Missing */
export const createJudge = (explorer: Explorer): ((world: World) => Judged | null) => {
  const calm = createCalmCheck(explorer);
  return (world) => {
    const judged = judgeNow(world, explorer);
    if (judged !== null || hasLiveController(world)) return judged;
    return calm(world, surroundingsKey);
  };
};

import { ScenarioName } from '../decision/decision';
import type { Match } from './match';
import type { ScenarioRule } from './rules';
import { Action, SCENARIO_RULES } from './rules';
import type { Situation } from './situation';

export interface Classified {
  readonly name: ScenarioName;
  readonly action: Action;
  readonly match: Match | null;
  /** The row that matched; null for none. */
  readonly rule: ScenarioRule | null;
}

const NOTHING: Classified = { name: ScenarioName.none, action: Action.none, match: null, rule: null };

/** Every row of the table that matches, in its order. */
export const classifyAll = (
  situation: Situation,
  rules: readonly ScenarioRule[] = SCENARIO_RULES,
): readonly Classified[] =>
  rules.flatMap((rule) => {
    const match = rule.match(situation);
    return match === null ? [] : [{ name: rule.name, action: rule.action, match, rule }];
  });

/** What the verdicts add up to: the first row of the table that matches, else `none`. */
export const classify = (situation: Situation, rules: readonly ScenarioRule[] = SCENARIO_RULES): Classified =>
  classifyAll(situation, rules)[0] ?? NOTHING;

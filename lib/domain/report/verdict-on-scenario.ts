import type { Objectives, ScenarioFigures } from './report-document';

/** Fewer acknowledged orders than this before and after a fault show nothing about loss. */
export const MINIMUM_ACKNOWLEDGED = { before: 1_000, after: 200 } as const;
/** After the recovery a lapse now and then is a busy machine; more than one order in a hundred is not recovered. */
const TOLERATED_LATE_LAPSES = 0.01;

const when = (isShort: boolean, sentence: string): readonly string[] => (isShort ? [sentence] : []);

const againstObjective = (what: string, seconds: number | null, objectiveSeconds: number) =>
  seconds === null
    ? [`${what} was not measured`]
    : when(seconds > objectiveSeconds, `${what} ${seconds} s exceeds the objective of ${objectiveSeconds} s`);

const lossShortcomings = ({ lost, lost_ids: ids }: ScenarioFigures): readonly string[] => {
  if (lost === null) return ['the surviving database was not compared with the ledger'];
  return when(lost > 0, `${lost} acknowledged orders are missing, the first ${ids.slice(0, 3).join(', ')}`);
};

/** What acknowledges alone may lose, and no more than it may. */
const beyondLimit = ({ stores }: ScenarioFigures): readonly string[] =>
  stores.flatMap(({ store, lost, rpo_seconds: rpo, limit_seconds: limit }) =>
    when(
      limit !== undefined && rpo > limit,
      `${store}: of ${lost} missing orders the oldest is ${rpo} s old, its objective is ${limit} s`,
    ),
  );

const needlessShortcomings = ({ needless_failovers: needless }: ScenarioFigures): readonly string[] => {
  if (needless === null) return ['needless failovers were not counted'];
  return when(needless > 0, `${needless} needless failovers`);
};

const sampleShortcomings = (figures: ScenarioFigures): readonly string[] => [
  ...when(
    figures.acknowledged_before < MINIMUM_ACKNOWLEDGED.before,
    `only ${figures.acknowledged_before} orders acknowledged before the fault, ${MINIMUM_ACKNOWLEDGED.before} needed`,
  ),
  ...when(
    figures.acknowledged_after < MINIMUM_ACKNOWLEDGED.after,
    `only ${figures.acknowledged_after} orders acknowledged after the fault, ${MINIMUM_ACKNOWLEDGED.after} needed`,
  ),
];

const lapseShortcomings = ({ late_lapses: lapses, acknowledged_after: after }: ScenarioFigures) =>
  when(
    lapses !== null && lapses > after * TOLERATED_LATE_LAPSES,
    `${lapses ?? 0} orders failed at first after the recovery, more than ${TOLERATED_LATE_LAPSES * 100} % of ${after}`,
  );

/** Everything that keeps a scenario from passing, each as a sentence with its numbers; empty = it passed. */
export const shortcomingsOf = (figures: ScenarioFigures, objectives: Objectives): readonly string[] => [
  ...againstObjective('RTO', figures.rto_seconds, objectives.rto_seconds),
  ...againstObjective('RPO', figures.rpo_seconds, objectives.rpo_seconds),
  ...lossShortcomings(figures),
  ...beyondLimit(figures),
  ...needlessShortcomings(figures),
  ...sampleShortcomings(figures),
  ...lapseShortcomings(figures),
];

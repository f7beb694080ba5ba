import type { Objectives, ScenarioReport } from './report-document';

type Rule = (scenario: ScenarioReport, objectives: Objectives) => string | null;

/** Reserve asked for before an objective counts as kept with ease: four fifths of it may be used. */
const COMFORTABLE_SHARE = 0.8;

const slowestPhase = ({ phases }: ScenarioReport): string => {
  const measured = phases.flatMap(({ name, took_seconds }) =>
    took_seconds === null ? [] : [{ name, took_seconds }],
  );
  const [slowest] = measured.sort((a, b) => b.took_seconds - a.took_seconds);
  return slowest === undefined
    ? ''
    : `; its longest phase is "${slowest.name}" with ${slowest.took_seconds} s`;
};

/** One row per advice; each names the scenario it comes from and the number it rests on. */
const RULES: readonly Rule[] = [
  ({ lost, fault }) =>
    lost !== null && lost > 0
      ? `${fault}: ${lost} acknowledged orders were lost; check that commits wait for the synchronous standby.`
      : null,
  (scenario) =>
    scenario.lost === null
      ? `${scenario.fault}: the surviving database was not compared with the ledger; run it again before trusting it.`
      : null,
  (scenario) =>
    scenario.had_to_fail_over && scenario.rto_seconds === null
      ? `${scenario.fault}: no recovery was seen; read the evidence of this scenario first.`
      : null,
  (scenario, { rto_seconds: objective }) =>
    scenario.rto_seconds !== null && scenario.rto_seconds > objective * COMFORTABLE_SHARE
      ? `${scenario.fault}: RTO ${scenario.rto_seconds} s uses more than four fifths of ${objective} s${slowestPhase(scenario)}.`
      : null,
  ({ needless_failovers: needless, fault }) =>
    needless !== null && needless > 0
      ? `${fault}: ${needless} needless failovers; raise the failure threshold or the confirming burst.`
      : null,
  ({ late_lapses: lapses, fault }) =>
    lapses !== null && lapses > 0
      ? `${fault}: ${lapses} orders failed at first after the recovery; look at what the rejoin did at that time.`
      : null,
];

const unmeasuredPhases = (scenarios: readonly ScenarioReport[]): readonly string[] => {
  const names = scenarios
    .filter((scenario) => scenario.had_to_fail_over)
    .flatMap(({ phases }) => phases.filter(({ at_seconds }) => at_seconds === null).map(({ name }) => name));
  return names.length === 0
    ? []
    : [`Phases not measured: ${[...new Set(names)].join(', ')}; their time is inside the phase after them.`];
};

/** What to do next, from the figures alone; equal advice is given once. */
export const recommendationsFor = (
  scenarios: readonly ScenarioReport[],
  objectives: Objectives,
): readonly string[] => [
  ...new Set([
    ...scenarios.flatMap((scenario) =>
      RULES.map((rule) => rule(scenario, objectives)).filter((r) => r !== null),
    ),
    ...unmeasuredPhases(scenarios),
  ]),
];

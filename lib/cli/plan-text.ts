import { explainReason } from '../domain/decision/explain';
import type { Decision } from '../domain/decision/decision';
import { LOSS_STATED } from '../domain/decision/obstacles';
import type { MovePlan, PlannedStep } from '../domain/plan/move-plan';
import type { Spread } from '../domain/report/statistics';
import { Store, STORE_LABEL } from '../domain/topology';

const seconds = (value: number): string => `${value.toFixed(2)} s`;

const usually = ({ median, worst, count }: Spread): string =>
  median === null || worst === null
    ? 'not on record'
    : `usually ${seconds(median)}, worst ${seconds(worst)} of ${count}`;

const stepLines = (step: PlannedStep, of: number): readonly string[] => [
  `  ${`${step.position} of ${of}`.padEnd(9)}${step.name.padEnd(17)}${usually(step.took)}; budget ${seconds(step.budgetSeconds)}, deadline ${step.deadlineSeconds} s`,
  `           does      ${step.does}`,
  `           verified  ${step.verifies}`,
  `           undo      ${step.undo}`,
];

const stageLines = (plan: MovePlan): readonly string[] => {
  const steps = plan.turns.flat();
  return steps.flatMap((step, at) => [
    ...(steps[at - 1]?.stage === step.stage ? [] : [step.stage.toUpperCase()]),
    ...stepLines(step, plan.turns.length),
  ]);
};

const verdictLines = ({ operation, reasons }: Decision): readonly string[] =>
  operation === null
    ? ['asked for now, it would be refused:', ...reasons.map((reason) => `  ${explainReason(reason)}`)]
    : [
        'asked for now, it would go ahead',
        ...reasons.filter(({ code }) => code === LOSS_STATED).map((reason) => `  ${explainReason(reason)}`),
      ];

const what = ({ stores }: MovePlan): string => {
  const names = stores.map((store) => STORE_LABEL[store]).join(' and ');
  return stores.includes(Store.postgres) ? `${names}, API and traffic` : names;
};

/** A plan for people; steps with one number run side by side. */
export const planText = (plan: MovePlan, decision: Decision): string =>
  [
    `${plan.mode} move of ${what(plan)}, ${plan.from} -> ${plan.to}`,
    `from decision to verified service: budget ${seconds(plan.budgetSeconds)}, the RTO of ${plan.rtoSeconds} s less ${seconds(plan.detectionSeconds)} for detection`,
    `its steps alone: ${usually(plan.whole)}; what the claim, the state machine between steps and an attempt that was made again took is not in it`,
    '',
    ...stageLines(plan),
    '',
    ...verdictLines(decision),
  ].join('\n');

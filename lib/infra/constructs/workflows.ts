import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { machineName } from '../../contract/names';
import type { MachineName } from '../../contract/workflows';
import { MACHINES, NESTED_MACHINES } from '../../contract/workflows';
import type { HandlerName } from '../bundling/handler-folders';
import { Workflow } from './workflow';

export interface WorkflowsProps {
  readonly workload: string;
  readonly definitions: Readonly<Record<MachineName, string>>;
  readonly handlerOf: (name: HandlerName) => lambda.IFunction;
}

/** All state machines of the contract's map, those that others start first. */
export class Workflows extends Construct {
  readonly machines: ReadonlyMap<MachineName, sfn.StateMachine>;
  private readonly made = new Map<MachineName, sfn.StateMachine>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: WorkflowsProps,
  ) {
    super(scope, id);
    for (const machine of Object.keys(MACHINES) as MachineName[]) this.machineOf(machine);
    this.machines = this.made;
  }

  private machineOf(machine: MachineName): sfn.StateMachine {
    const known = this.made.get(machine);
    if (known !== undefined) return known;
    const { workload, definitions, handlerOf } = this.props;
    const steps = Object.entries<HandlerName>(MACHINES[machine]);
    const nested = Object.entries(NESTED_MACHINES[machine] ?? {});
    const workflow = new Workflow(this, machine, {
      machine,
      stateMachineName: machineName(workload, machine),
      definition: definitions[machine],
      steps: Object.fromEntries(steps.map(([placeholder, name]) => [placeholder, handlerOf(name)])),
      nested: Object.fromEntries(nested.map(([placeholder, name]) => [placeholder, this.machineOf(name)])),
    });
    this.made.set(machine, workflow.machine);
    return workflow.machine;
  }
}

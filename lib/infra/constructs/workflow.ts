import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { requireSamePlaceholders } from './definition';

export interface WorkflowProps {
  readonly machine: string;
  readonly stateMachineName: string;
  /** The text of the ASL file. */
  readonly definition: string;
  /** Placeholder -> Lambda: substitutions and invoke grants both come from this one map. */
  readonly steps: Readonly<Record<string, lambda.IFunction>>;
  /** Placeholder -> state machine that this one starts and waits for. */
  readonly nested: Readonly<Record<string, sfn.StateMachine>>;
}

/** One state machine from its ASL file. @throws PlaceholderMismatch */
export class Workflow extends Construct {
  readonly machine: sfn.StateMachine;

  constructor(scope: Construct, id: string, props: WorkflowProps) {
    super(scope, id);
    const substitutions = {
      ...mapValues(props.steps, (step) => step.functionArn),
      ...mapValues(props.nested, (machine) => machine.stateMachineArn),
    };
    requireSamePlaceholders(props.machine, props.definition, Object.keys(substitutions));
    const logGroup = new logs.LogGroup(this, 'Logs', {
      // Step Functions writes to groups under this prefix without a resource policy that outgrows its 5,120 characters.
      logGroupName: `/aws/vendedlogs/states/${props.stateMachineName}`,
      retention: logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.machine = new sfn.StateMachine(this, 'Machine', {
      stateMachineName: props.stateMachineName,
      stateMachineType: sfn.StateMachineType.STANDARD,
      definitionBody: sfn.DefinitionBody.fromString(props.definition),
      definitionSubstitutions: substitutions,
      tracingEnabled: true,
      logs: { destination: logGroup, level: sfn.LogLevel.ALL, includeExecutionData: false },
    });
    this.grantSteps(Object.values(props.steps));
    for (const nested of Object.values(props.nested)) this.grantNested(nested);
  }

  private grantSteps(steps: readonly lambda.IFunction[]): void {
    this.machine.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: steps.map((step) => step.functionArn),
      }),
    );
  }

  /** What `startExecution.sync:2` needs (Step Functions guide, "IAM policies for nested workflows"). */
  private grantNested(nested: sfn.StateMachine): void {
    const stack = Stack.of(this);
    const executions = stack.formatArn({
      service: 'states',
      resource: 'execution',
      resourceName: `${nested.stateMachineName}:*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const rule = stack.formatArn({
      service: 'events',
      resource: 'rule',
      resourceName: 'StepFunctionsGetEventsForStepFunctionsExecutionRule',
    });
    const allow = (actions: string[], resources: string[]): void =>
      this.machine.addToRolePolicy(new iam.PolicyStatement({ actions, resources }));
    allow(['states:StartExecution'], [nested.stateMachineArn]);
    allow(['states:DescribeExecution', 'states:StopExecution'], [executions]);
    allow(['events:PutTargets', 'events:PutRule', 'events:DescribeRule'], [rule]);
  }
}

const mapValues = <T>(map: Readonly<Record<string, T>>, to: (value: T) => string): Record<string, string> =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, to(value)]));

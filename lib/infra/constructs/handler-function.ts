import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { HandlerName } from '../bundling/handler-folders';
import type { Placement } from './network';

export interface HandlerFunctionProps {
  readonly functionName: string;
  readonly description: string;
  /** All Lambdas' bundle; `<entry>.js` is this one's part of it. */
  readonly code: lambda.Code;
  readonly entry: HandlerName;
  readonly environment: Record<string, string>;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** Where in the VPC it runs; absent: in none. */
  readonly placement?: Placement | undefined;
}

/** A Lambda with a role and a log group of its own. What it may do is granted afterwards, one need at a time. */
export class HandlerFunction extends Construct {
  readonly function: lambda.Function;

  constructor(scope: Construct, id: string, props: HandlerFunctionProps) {
    super(scope, id);
    const logGroup = new logs.LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${props.functionName}`,
      retention: logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      description: props.description,
    });
    logGroup.grantWrite(role);
    this.function = new lambda.Function(this, 'Function', {
      functionName: props.functionName,
      description: props.description,
      runtime: lambda.Runtime.NODEJS_22_X,
      handler: `${props.entry}.handler`,
      code: props.code,
      environment: props.environment,
      timeout: Duration.seconds(props.timeoutSeconds),
      memorySize: props.memoryMb,
      role,
      logGroup,
      ...networkOf(props.placement),
    });
    if (props.placement !== undefined) grantNetworkInterfaces(role);
  }
}

const networkOf = (placement: Placement | undefined) =>
  placement === undefined ? {} : { ...placement, securityGroups: [...placement.securityGroups] };

/**
 * Lambda makes the function's network interfaces with the function's own role. EC2 has no resource-level permission
 * for describing them, and an interface that does not exist yet has no ARN.
 */
const grantNetworkInterfaces = (role: iam.Role): void => {
  role.addToPolicy(
    new iam.PolicyStatement({
      actions: [
        'ec2:CreateNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSubnets',
        'ec2:DeleteNetworkInterface',
        'ec2:AssignPrivateIpAddresses',
        'ec2:UnassignPrivateIpAddresses',
      ],
      resources: ['*'],
    }),
  );
};

import { CfnParameter, SecretValue } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Topology } from '../../domain/topology';
import { postgresOf } from '../../domain/topology';

/** The password as CloudFormation fills it in: no template and no asset ever holds it. */
export function postgresPassword(scope: Construct, topology: Topology): string | undefined {
  const source = postgresOf(topology)?.password;
  if (source === undefined) return undefined;
  if ('secret' in source) return SecretValue.secretsManager(source.secret).unsafeUnwrap();
  const parameter = new CfnParameter(scope, source.parameter, {
    type: 'String',
    noEcho: true,
    minLength: 1,
    description: 'Password of the PostgreSQL user that Evac probes and switches with.',
  });
  return parameter.valueAsString;
}

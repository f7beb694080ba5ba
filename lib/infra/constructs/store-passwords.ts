import { CfnParameter, SecretValue } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ByStore } from '../../domain/protocol/seat';
import type { StoreComponent, Topology } from '../../domain/topology';
import { postgresOf, redisOf, STORE_LABEL } from '../../domain/topology';

const passwordOf = (scope: Construct, { component, password }: StoreComponent): string => {
  if ('secret' in password) return SecretValue.secretsManager(password.secret).unsafeUnwrap();
  const parameter = new CfnParameter(scope, password.parameter, {
    type: 'String',
    noEcho: true,
    minLength: 1,
    description: `Password of the ${STORE_LABEL[component]} user that Evac probes and switches with.`,
  });
  return parameter.valueAsString;
};

/** The passwords as CloudFormation fills them in: no template and no asset ever holds one. */
export function storePasswords(scope: Construct, topology: Topology): ByStore<string> {
  const stores = [postgresOf(topology), redisOf(topology)].filter((store) => store !== undefined);
  return Object.fromEntries(stores.map((store) => [store.component, passwordOf(scope, store)]));
}

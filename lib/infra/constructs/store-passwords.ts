import { CfnParameter, SecretValue } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ByStore } from '../../domain/protocol/seat';
import type { StoreComponent, Topology } from '../../domain/topology';
import { STORE_LABEL, storeComponents } from '../../domain/topology';

type Secured = Extract<StoreComponent, { readonly password: unknown }>;

const isSecured = (store: StoreComponent): store is Secured => 'password' in store;

const passwordOf = (scope: Construct, { component, password }: Secured): string => {
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
  const stores = storeComponents(topology).filter(isSecured);
  return Object.fromEntries(stores.map((store) => [store.component, passwordOf(scope, store)]));
}

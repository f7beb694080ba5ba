import type { Deployment } from './deployment-schema';

type Components = Deployment['components'];
type WithHosts =
  | readonly ['postgres', Components['postgres']]
  | readonly ['redis', NonNullable<Components['redis']>]
  | readonly ['objects', NonNullable<Components['objects']>];
type Deployed = Pick<Deployment, 'components'>;

/** Those whose servers Evac stops, starts and logs in to. */
export const storesWithHostsIn = ({ components }: Deployed): readonly WithHosts[] => [
  ['postgres', components.postgres],
  ...(components.redis === undefined ? [] : [['redis', components.redis] as const]),
  ...(components.objects === undefined ? [] : [['objects', components.objects] as const]),
];

/** The stores of a deployment, by the names of their keys. */
export const storesIn = (
  deployment: Deployed,
): readonly (WithHosts | readonly ['kafka', NonNullable<Components['kafka']>])[] => {
  const { kafka } = deployment.components;
  return [...storesWithHostsIn(deployment), ...(kafka === undefined ? [] : [['kafka', kafka] as const])];
};

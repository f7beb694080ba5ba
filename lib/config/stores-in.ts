import type { Deployment } from './deployment-schema';

type Components = Deployment['components'];

/** The stores of a deployment, by the names of their keys. */
export const storesIn = ({
  components,
}: Pick<Deployment, 'components'>): readonly (
  readonly ['postgres', Components['postgres']] | readonly ['redis', NonNullable<Components['redis']>]
)[] => [
  ['postgres', components.postgres],
  ...(components.redis === undefined ? [] : [['redis', components.redis] as const]),
];

/** Environment of the Lambdas: written by the stack, read here and nowhere else. */
export const Env = {
  table: 'EVAC_TABLE',
  /** The witness's id: its zone, or `region`. In the lab it also puts the process into that zone. */
  zone: 'EVAC_ZONE',
  postgresPassword: 'EVAC_POSTGRES_PASSWORD',
  redisPassword: 'EVAC_REDIS_PASSWORD',
  objectsPassword: 'EVAC_OBJECTS_PASSWORD',
  hostedZoneId: 'EVAC_HOSTED_ZONE_ID',
  /** `arn:aws:states:<region>:<account>:stateMachine:` */
  machineArnPrefix: 'EVAC_MACHINE_ARN_PREFIX',
  /** Longest time a witness loop runs before its successor must have taken over, ms. */
  loopLimitMs: 'EVAC_LOOP_LIMIT_MS',
} as const;
export type EnvName = (typeof Env)[keyof typeof Env];

export class MissingEnvironment extends Error {
  constructor(name: string) {
    super(
      `The environment variable ${name} is not set; the stack sets it, so deploy again with \`cdk deploy\`.`,
    );
    this.name = 'MissingEnvironment';
  }
}

/** Read at cold start, so that a wrong deployment fails at once and not during a failover. */
export const requireEnv = (name: EnvName): string => {
  const value = process.env[name];
  if (value === undefined || value === '') throw new MissingEnvironment(name);
  return value;
};

export const optionalEnv = (name: EnvName): string | undefined => process.env[name] || undefined;

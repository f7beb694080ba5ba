import type { Ports } from '../../lambdas/shared/ports';

/** The process of a Lambda is gone: nothing it would have done next happens. */
export class Crash extends Error {
  override readonly name = 'Lambda.Unknown';
}

export const When = { before: 'before', after: 'after' } as const;
export type When = (typeof When)[keyof typeof When];

export interface CrashPoint {
  /** The number of the call, counted over all ports and Lambdas of a run, from 1. */
  readonly call: number;
  readonly when: When;
}

/** Counts every call that leaves a Lambda, and ends the Lambda at one of them. */
export interface CallCounter {
  readonly calls: string[];
  /** True once the crash point was reached. */
  hasCrashed: boolean;
}

const EFFECTS = [
  'store',
  'postgres',
  'api',
  'traffic',
  'witnesses',
  'workflows',
  'functions',
  'metrics',
] as const;
type Method = (...args: unknown[]) => Promise<unknown>;

export interface Crashing {
  readonly counter: CallCounter;
  readonly point: CrashPoint | null;
  /** Looks at the world before each call, as clients do. */
  readonly meanwhile?: () => void;
}

const crashingCall = (
  name: string,
  real: Method,
  lambda: { isDead: boolean },
  crashing: Crashing,
): Method => {
  const { counter, point, meanwhile } = crashing;
  return async (...args) => {
    if (lambda.isDead) throw new Crash(`${name}: this Lambda is gone`);
    meanwhile?.();
    counter.calls.push(name);
    const isHere = point !== null && counter.calls.length === point.call;
    const die = (): never => {
      lambda.isDead = true;
      counter.hasCrashed = true;
      throw new Crash(`crashed ${point?.when ?? ''} ${name}`);
    };
    if (isHere && point.when === When.before) die();
    const answer = await real(...args);
    return isHere ? die() : answer;
  };
};

/** The ports of one Lambda, which dies when the run's calls reach the crash point in it. */
export const crashingPorts = (ports: Ports, crashing: Crashing): Ports => {
  const lambda = { isDead: false };
  const wrapped = (port: (typeof EFFECTS)[number]) =>
    Object.fromEntries(
      Object.entries(ports[port]).map(([method, real]) => [
        method,
        typeof real === 'function' && method !== 'close'
          ? crashingCall(`${port}.${method}`, real as Method, lambda, crashing)
          : real,
      ]),
    );
  return { ...ports, ...Object.fromEntries(EFFECTS.map((port) => [port, wrapped(port)])) } as Ports;
};

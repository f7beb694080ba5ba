import type { Ports } from '../../lambdas/shared/ports';

/** The process of a Lambda is gone: nothing it would have done next happens. */
class Crash extends Error {
  override readonly name = 'Lambda.Unknown';
}

export const When = { before: 'before', after: 'after' } as const;
export type When = (typeof When)[keyof typeof When];

/** One of the calls that leave a Lambda, and what happens there. */
export interface Strike {
  /** The number of the call, counted over all ports and Lambdas of a run, from 1. */
  readonly call: number;
  readonly when: When;
  /** Absent: the Lambda dies there. Else this happens first, and the Lambda goes on late. */
  readonly delay?: () => Promise<void>;
}

/** The calls of a run, over all its Lambdas. */
export interface CallLog {
  readonly calls: string[];
  /** Each call's end; a delayed one may end after its Lambda. */
  readonly ends: Promise<unknown>[];
  hasStruck: boolean;
}

const PORTS = [
  'store',
  'postgres',
  'api',
  'traffic',
  'samples',
  'witnesses',
  'workflows',
  'functions',
  'metrics',
] as const;
type Method = (...args: unknown[]) => Promise<unknown>;

export interface Striking {
  readonly log: CallLog;
  readonly strike: Strike | null;
  /** What clients do before each call. */
  readonly meanwhile?: () => void;
}

const struckCall = (name: string, real: Method, lambda: { isDead: boolean }, striking: Striking): Method => {
  const { log, strike, meanwhile } = striking;
  const hit = async (): Promise<void> => {
    log.hasStruck = true;
    if (strike?.delay !== undefined) return strike.delay();
    lambda.isDead = true;
    throw new Crash(`crashed ${strike?.when ?? ''} ${name}`);
  };
  const call: Method = async (...args) => {
    meanwhile?.();
    log.calls.push(name);
    const isHere = strike !== null && log.calls.length === strike.call;
    if (isHere && strike.when === When.before) await hit();
    const answer = real(...args);
    if (isHere && strike.when === When.after) {
      await Promise.allSettled([answer]);
      await hit();
    }
    return answer;
  };
  return (...args) => {
    if (lambda.isDead) return Promise.reject(new Crash(`${name}: this Lambda is gone`));
    const end = call(...args);
    log.ends.push(end);
    return end;
  };
};

/** Ports whose calls all go through `wrap`, which is told `<port>.<method>`. */
export const wrapPorts = (ports: Ports, wrap: (name: string, real: Method) => Method): Ports => {
  const wrappedPort = (name: string, port: object) =>
    Object.fromEntries(
      Object.entries(port).map(([method, real]: [string, unknown]) => [
        method,
        typeof real === 'function' && method !== 'close' ? wrap(`${name}.${method}`, real as Method) : real,
      ]),
    );
  const beside = Object.fromEntries(
    Object.entries(ports.beside).map(([store, engine]) => [store, wrappedPort(store, engine)]),
  );
  const own = Object.fromEntries(PORTS.map((port) => [port, wrappedPort(port, ports[port])]));
  return { ...ports, ...own, beside } as Ports;
};

/** The ports of one Lambda, which is struck when the run's calls reach the strike in it. */
export const strikingPorts = (ports: Ports, striking: Striking): Ports => {
  const lambda = { isDead: false };
  return wrapPorts(ports, (name, real) => struckCall(name, real, lambda, striking));
};

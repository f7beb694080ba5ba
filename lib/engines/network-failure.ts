import type { ProbeState } from '../domain/observation';

/** What a probe that had no answer says, and why. */
export interface Failure {
  readonly state: ProbeState;
  readonly reason: string;
}

/** The system's names of what a network does to a connection, and what people are told of it. */
export const networkReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'connection lost',
  EPIPE: 'connection lost',
  ETIMEDOUT: 'timeout',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
};

export const fieldOf = (error: unknown, key: string): unknown =>
  typeof error === 'object' && error !== null ? Reflect.get(error, key) : undefined;

export const textAt = (error: unknown, key: 'code' | 'message'): string | null => {
  const value = fieldOf(error, key);
  return typeof value === 'string' ? value : null;
};

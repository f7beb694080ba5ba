import { setTimeout as pause } from 'node:timers/promises';
import { DeadlineExceeded, Unreachable } from '../../domain/errors';
import type { Connection } from '../../cli/connection';
import type { Traffic } from '../../ports/traffic';

const LIMIT_MS = 20_000;
const EVERY_MS = 100;

const isSilence = (cause: unknown): boolean =>
  cause instanceof Unreachable || cause instanceof DeadlineExceeded;

const again = async <T>(read: () => Promise<T>, limitMs: number): Promise<T> => {
  const endMs = performance.now() + limitMs;
  for (;;) {
    try {
      return await read();
    } catch (cause) {
      if (!isSilence(cause) || performance.now() >= endMs) throw cause;
      await pause(EVERY_MS);
    }
  }
};

type Method = (...args: readonly unknown[]) => Promise<unknown>;

/** The same port, but a read that got no answer is asked again for as long as the limit. */
export const patientReads = <Port extends object>(
  port: Port,
  reads: readonly (keyof Port & string)[],
  limitMs = LIMIT_MS,
): Port => {
  const patient = reads.map((name) => {
    const read = (port[name] as Method).bind(port);
    return [name, (...args: readonly unknown[]) => again(() => read(...args), limitMs)];
  });
  return { ...port, ...(Object.fromEntries(patient) as Partial<Port>) };
};

/**
 * For who only watches. On two busy cores the local Region may stand still for longer than a product's read may wait; an
 * observer that gave up then would spoil a run in which nothing went wrong.
 */
export const patientConnection = (connection: Connection): Connection => ({
  ...connection,
  store: patientReads(connection.store, [
    'nowMs',
    'readSeat',
    'readObservations',
    'readSituation',
    'readSteps',
    'readDecision',
    'recentDecisions',
    'decisionsIn',
    'readPolicy',
  ]),
  workflows: patientReads(connection.workflows, ['describe']),
});

export const patientTraffic = (traffic: Traffic): Traffic => patientReads(traffic, ['current']);

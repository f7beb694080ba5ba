import type { Ports } from '../../lambdas/shared/ports';
import type { Clock } from '../../lib/ports/clock';
import { NOW_MS, topologyWith } from '../domain/decision/world';
import type { Call } from './calls';
import { callNamed } from './calls';

/** A Lambda's ports, each of whose calls waits until the explorer answers it. */
export type Suspend = (call: Call) => Promise<unknown>;

const TOPOLOGY = topologyWith();
/** Longer than any step's deadline: whoever sleeps wakes when all that was waited for has had its time. */
const SLEEP_MS = 120_000;

// One look, one sleep, one last look: what happens between the two is what the explorer tries out.
const modelClock = (): Clock => {
  let nowMs = 0;
  return {
    monotonicMs: () => nowMs,
    sleep: async () => void (nowMs += SLEEP_MS),
    worstLatenessMs: () => 0,
  };
};

const METHODS = {
  store: ['readSeat', 'readObservations', 'readSituation', 'apply', 'readDecision'],
  postgres: [
    'probe',
    'fence',
    'waitUntilLevel',
    'ensureWriterIn',
    'admitWrites',
    'verify',
    'preflight',
    'undoFence',
    'degrade',
    'rejoin',
    'ensureSynchronous',
  ],
  api: ['probe'],
  traffic: ['current', 'shift'],
  witnesses: ['freshRound'],
  workflows: ['start', 'describe', 'stop'],
} as const;

const waitingPort = (port: keyof typeof METHODS, suspend: Suspend) =>
  Object.fromEntries(
    METHODS[port].map((method) => [
      method,
      (...args: readonly unknown[]) => suspend(callNamed(`${port}.${method}`, args)),
    ]),
  );

const nothing = async (): Promise<void> => undefined;

/** Journal, metrics and logs are written and never read by a decision: they are answered at once and are no state. */
export const modelPorts = (suspend: Suspend, laterMs: number): Ports => {
  const silent = { nowMs: async () => NOW_MS + laterMs, writeStep: nothing, recordDecision: nothing };
  const ports = {
    topology: TOPOLOGY,
    policyVersion: 'p1',
    ...Object.fromEntries(
      Object.keys(METHODS).map((port) => [port, waitingPort(port as keyof typeof METHODS, suspend)]),
    ),
    metrics: { put: nothing },
    functions: { fire: nothing },
    clock: modelClock(),
    newId: () => 'id',
    log: { info: () => undefined, warn: () => undefined },
  };
  return { ...ports, store: { ...waitingPort('store', suspend), ...silent } } as unknown as Ports;
};

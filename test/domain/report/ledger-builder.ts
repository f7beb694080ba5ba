import type { LedgerEvent } from '../../../lib/domain/report/ledger-event';
import type { ScenarioInput } from '../../../lib/domain/report/measure-scenario';

export interface Plan {
  readonly startedAtMs: number;
  /** Failed attempts, as milliseconds after the start. */
  readonly failuresMs?: readonly number[];
  /** null = never acknowledged. */
  readonly ackAfterMs: number | null;
  readonly gaveUpAfterMs?: number;
}

const eventsOf = (plan: Plan, id: string): readonly LedgerEvent[] => {
  const base = { id, key: `k-${id}`, startedAtMs: plan.startedAtMs };
  const failures = plan.failuresMs ?? [];
  return [
    { ...base, t: 'start', atMs: plan.startedAtMs, attempts: 0, status: null },
    ...failures.map((ms, i): LedgerEvent => ({
      ...base,
      t: 'attempt-failed',
      atMs: plan.startedAtMs + ms,
      attempts: i + 1,
      status: 'timeout',
    })),
    ...(plan.ackAfterMs === null
      ? []
      : [
          {
            ...base,
            t: 'ack' as const,
            atMs: plan.startedAtMs + plan.ackAfterMs,
            attempts: failures.length + 1,
            status: 201,
            servedBy: 'az-b',
          },
        ]),
    ...(plan.gaveUpAfterMs === undefined
      ? []
      : [
          {
            ...base,
            t: 'fail' as const,
            atMs: plan.startedAtMs + plan.gaveUpAfterMs,
            attempts: failures.length,
            status: 'timeout',
          },
        ]),
  ];
};

/** Ledger lines in the order in which a real client would write them. */
export const ledgerOf = (plans: readonly Plan[]): readonly LedgerEvent[] =>
  plans.flatMap((plan, i) => eventsOf(plan, `o${i}`)).sort((a, b) => a.atMs - b.atMs);

export const FAULT_AT_MS = 20_000;
export const RECOVERY_MS = 900;

/** 100 orders a second for 30 s; what starts in the 900 ms after the fault fails once or more, then gets through. */
export const outage = (lastMs = 30_000): readonly Plan[] =>
  Array.from({ length: lastMs / 10 }, (_, i) => {
    const startedAtMs = i * 10;
    const goodAtMs = FAULT_AT_MS + RECOVERY_MS;
    const isInOutage = startedAtMs >= FAULT_AT_MS && startedAtMs < goodAtMs;
    return isInOutage
      ? {
          startedAtMs,
          failuresMs: [Math.min(400, goodAtMs - startedAtMs)],
          ackAfterMs: Math.max(450, goodAtMs - startedAtMs + 5),
        }
      : { startedAtMs, ackAfterMs: 5 };
  });

export const inputFor = (
  events: readonly LedgerEvent[],
  over: Partial<ScenarioInput> = {},
): ScenarioInput => ({
  name: 'az-failure #1',
  fault: 'kill az-a',
  events,
  fromMs: 0,
  faultAtMs: FAULT_AT_MS,
  observedUntilMs: 29_000,
  survivors: { ids: new Set(events.filter((e) => e.t === 'ack').map((e) => e.id)), readAtMs: 40_000 },
  hadToFailOver: true,
  needlessFailovers: 0,
  phases: {
    detected: FAULT_AT_MS + 300,
    decided: FAULT_AT_MS + 320,
    promoted: FAULT_AT_MS + 500,
    traffic: FAULT_AT_MS + 480,
  },
  decision: { by: 'witness az-c', summary: 'zone-loss of az-a', reasons: ['2 of 2 voters: failed(timeout)'] },
  objectives: { rto_seconds: 300, rpo_seconds: 60 },
  ...over,
});

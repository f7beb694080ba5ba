import { secondsOf } from './statistics';

/** The way of a failure, in the order in which it is told. */
const PHASES = ['fault', 'detected', 'decided', 'fenced', 'promoted', 'traffic', 'first good write'] as const;
export type PhaseName = (typeof PHASES)[number];

/** When each phase was reached, on the ledger's clock; a phase left out or null was not measured. */
export type PhaseInstants = Readonly<Partial<Record<PhaseName, number | null>>>;

export interface Phase {
  readonly name: PhaseName;
  /** Seconds since the fault; null = not measured. */
  readonly at_seconds: number | null;
  /** Seconds since the latest phase reached before it; 0 when it ran beside that one. */
  readonly took_seconds: number | null;
}

/** Turns instants into the table of phases. A phase which was not measured stays null and takes nobody's time. */
export const phasesSince = (faultAtMs: number, instants: PhaseInstants): readonly Phase[] => {
  let reachedMs = faultAtMs;
  return PHASES.map((name) => {
    const atMs = name === 'fault' ? faultAtMs : (instants[name] ?? null);
    if (atMs === null) return { name, at_seconds: null, took_seconds: null };
    const tookMs = Math.max(0, atMs - reachedMs);
    reachedMs = Math.max(reachedMs, atMs);
    return { name, at_seconds: secondsOf(atMs - faultAtMs), took_seconds: secondsOf(tookMs) };
  });
};

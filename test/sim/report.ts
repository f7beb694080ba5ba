import { createHash } from 'node:crypto';
import type { Counts } from './monitor';
import type { Played } from './worker';

/** What `reports/sim.json` holds: nothing that a second run of the same seed could see differently. */
export interface SimReport {
  readonly schedules: number;
  readonly seed: number;
  readonly violations: number;
  readonly failed: readonly {
    readonly seed: number;
    readonly faults: readonly string[];
    readonly findings: readonly string[];
  }[];
  readonly virtual_seconds: number;
  readonly settled_after_seconds: { readonly median: number; readonly p99: number; readonly longest: number };
  readonly profiles: Readonly<Record<string, number>>;
  readonly faults: number;
  readonly least_faults: number;
  readonly counts: Counts;
  /** SHA-256 over the event logs' own, in the order of the schedules. */
  readonly digest: string;
  /** The first twelve digits of each event log's SHA-256. */
  readonly digests: readonly string[];
}

const DIGITS = 12;

const addTo = (sums: Record<string, number>, more: Readonly<Record<string, number>>): void => {
  for (const [key, value] of Object.entries(more)) sums[key] = (sums[key] ?? 0) + value;
};
const sorted = (table: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1)));

const sumOf = (all: readonly Counts[]): Counts => {
  const numbers: Record<string, number> = {};
  const claims: Record<string, number> = {};
  const outcomes: Record<string, number> = {};
  for (const { claims: claimed, outcomes: ended, ...rest } of all) {
    addTo(numbers, rest);
    addTo(claims, claimed);
    addTo(outcomes, ended);
  }
  return { ...numbers, claims: sorted(claims), outcomes: sorted(outcomes) } as unknown as Counts;
};

const inSeconds = (ms: number): number => Math.round(ms / 100) / 10;
const shareOf = (ordered: readonly number[], share: number): number =>
  inSeconds(ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * share))] ?? 0);

export const reportOf = (seed: number, played: readonly Played[]): SimReport => {
  const failed = played.filter(({ findings }) => findings.length > 0);
  const settled = played.flatMap(({ settledAfterMs }) => settledAfterMs ?? []).sort((a, b) => a - b);
  const profiles: Record<string, number> = {};
  for (const { profile } of played) addTo(profiles, { [profile]: 1 });
  return {
    schedules: played.length,
    seed,
    violations: failed.reduce((sum, { findings }) => sum + findings.length, 0),
    failed: failed.map(({ seed: own, faults, findings }) => ({ seed: own, faults, findings })),
    virtual_seconds: Math.round(played.reduce((sum, { virtualMs }) => sum + virtualMs, 0) / 1000),
    settled_after_seconds: {
      median: shareOf(settled, 0.5),
      p99: shareOf(settled, 0.99),
      longest: shareOf(settled, 1),
    },
    profiles: sorted(profiles),
    faults: played.reduce((sum, { faults }) => sum + faults.length, 0),
    least_faults: Math.min(...played.map(({ faults }) => faults.length)),
    counts: sumOf(played.map(({ counts }) => counts)),
    digest: createHash('sha256')
      .update(played.map(({ digest }) => digest).join('\n'))
      .digest('hex'),
    digests: played.map(({ digest }) => digest.slice(0, DIGITS)),
  };
};

import { policyVersion } from '../config/policy-version';
import { loadTopology } from '../config/load-topology';
import type { Backtest, Comparison } from '../domain/decision/backtest';
import { backtest as replayAll } from '../domain/decision/backtest';
import type { Decision } from '../domain/decision/decision';
import { explainReason } from '../domain/decision/explain';
import type { RecordedDecision } from '../domain/decision/record';
import { InvalidRequest } from '../domain/errors';
import type { Policy, Topology } from '../domain/topology';
import type { Connection } from './connection';
import type { Output } from './output';

type Reach = Pick<Connection, 'store' | 'topology' | 'policyVersion'>;

export interface BacktestOptions {
  readonly policy?: string;
  readonly since?: string;
  readonly limit: number;
  readonly json?: boolean;
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** An instant (ISO 8601), or how long ago: 90m, 24h, 7d. */
const sinceMs = (text: string, nowMs: number): number => {
  const [, amount, unit = ''] = /^(\d+)([mhd])$/.exec(text) ?? [];
  if (amount !== undefined) return nowMs - Number(amount) * (UNITS[unit] ?? 0);
  const instantMs = Date.parse(text);
  if (!Number.isNaN(instantMs)) return instantMs;
  throw new InvalidRequest(
    `--since "${text}" is neither a time ago (90m, 24h, 7d) nor an instant (2026-11-23T19:00Z)`,
  );
};

const otherPolicy = (reach: Reach, file: string | undefined): Topology => {
  if (file === undefined) throw new InvalidRequest('--policy is missing: name the file to try');
  const topology = loadTopology(file);
  if (topology.workload === reach.topology.workload) return topology;
  throw new InvalidRequest(
    `${file} is for workload ${topology.workload}; what is on record is of ${reach.topology.workload}`,
  );
};

/** Keys that shaped the rounds themselves: on record is what witnesses saw with the values of then. */
const PROBING = [
  'checkIntervalMs',
  'probeTimeoutMs',
  'failureThreshold',
  'confirmingProbes',
  'confirmingSpacingMs',
];

const changedProbing = (now: Policy, then: Policy): readonly string[] =>
  PROBING.filter((key) => now[key as keyof Policy] !== then[key as keyof Policy]);

const inOneLine = ({ kind, scenario, operation, reasons }: Decision): string => {
  const what = operation === null ? '' : ` ${operation.mode} ${operation.kind} to ${operation.to}`;
  return `${kind}${what} (${scenario}: ${reasons.map(({ code }) => code).join(', ')})`;
};

const differenceLines = ({ record, now }: Comparison): readonly string[] => [
  `epoch ${record.epoch}, ${new Date(record.atMs).toISOString()}`,
  `  then: ${inOneLine(record.decision)}`,
  `  now:  ${inOneLine(now)}`,
  ...now.reasons.map((reason) => `    ${explainReason(reason)}`),
];

interface Report {
  readonly policy: string;
  readonly recorded_under: readonly string[];
  readonly replayed: number;
  readonly same: number;
  readonly not_replayable: number;
  readonly not_shown_by_a_replay: readonly string[];
  readonly different: readonly {
    readonly epoch: number;
    readonly at_ms: number;
    readonly then: Decision;
    readonly now: Decision;
  }[];
}

const textOf = (report: Report, found: Backtest): string =>
  [
    `policy ${report.policy} against ${report.replayed} recorded decisions (made under ${report.recorded_under.join(', ') || 'none'}): ${report.same} the same, ${report.different.length} different`,
    ...(report.not_replayable === 0
      ? []
      : [
          `${report.not_replayable} were recorded before their circumstances were kept, and cannot be replayed`,
        ]),
    ...(report.not_shown_by_a_replay.length === 0
      ? []
      : [
          `${report.not_shown_by_a_replay.join(', ')} differ: witnesses would have probed otherwise, which no replay of these rounds can show`,
        ]),
    ...found.different.flatMap(differenceLines),
  ].join('\n');

const limitOf = ({ limit }: BacktestOptions): number => {
  if (Number.isSafeInteger(limit) && limit > 0) return limit;
  throw new InvalidRequest('--limit is not a whole number above 0');
};

const recordsSince = async (reach: Reach, options: BacktestOptions): Promise<readonly RecordedDecision[]> => {
  const fromMs = options.since === undefined ? 0 : sinceMs(options.since, await reach.store.nowMs());
  const records = await reach.store.recentDecisions(limitOf(options));
  return records.filter(({ atMs }) => atMs >= fromMs);
};

/** Replays what is on record against another policy file. It changes nothing; a difference is an answer, not an error. */
export const backtest = async (reach: Reach, output: Output, options: BacktestOptions): Promise<void> => {
  const topology = otherPolicy(reach, options.policy);
  const version = policyVersion(topology);
  const records = await recordsSince(reach, options);
  const found = replayAll(records, { version, topology });
  const report: Report = {
    policy: version,
    recorded_under: [...new Set(records.map(({ decision }) => decision.policyVersion))],
    replayed: found.replayed,
    same: found.same,
    not_replayable: found.notReplayable,
    not_shown_by_a_replay: changedProbing(topology.policy, reach.topology.policy),
    different: found.different.map(({ record, now }) => ({
      epoch: record.epoch,
      at_ms: record.atMs,
      then: record.decision,
      now,
    })),
  };
  output.result(options.json === true ? JSON.stringify(report, null, 2) : textOf(report, found));
};

import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { projectFolder } from '../lib/cli/project-folder';
import { loadTopology } from '../lib/config/load-topology';
import { decide } from '../lib/domain/decision/decide';
import { measureClaims } from './claims';
import { costOfRound } from './cost';
import { measureLeaderMoves } from './leader-moves';
import { startLocalTable } from './local-table';
import { measureProbes } from './probes';
import { snapshotOf } from './situations';
import { cpuOf, measure } from './timing';
import type { Timing } from './timing';

/**
 * What a decision takes, what a probe costs a witness in CPU, and what a round costs in AWS prices. Recovery times are
 * measured by drills: `npm run drill -- --repeat 20`.
 */
const TARGET_MS = { pure: 2, withWrite: 20, leaderMove: 500 } as const;
const DECISIONS = 5_000;

const topology = loadTopology(join(projectFolder, 'config/lab.yaml'));

const measureDecisions = async () => {
  const [calm, lost] = [snapshotOf(topology, 0), snapshotOf(topology, 10)];
  if (decide(calm).kind !== 'none' || decide(lost).kind !== 'failover')
    throw new Error('the situations measured are not what they are called');
  return {
    all_well: await measure(DECISIONS, () => decide(calm)),
    zone_lost: await measure(DECISIONS, () => decide(lost)),
    /** Does not depend on what else the machine does. */
    zone_lost_cpu_ms: await cpuOf(DECISIONS, async () => decide(lost)),
  };
};

const measureWrites = async () => {
  const table = await startLocalTable();
  try {
    return await measureClaims(topology, table);
  } finally {
    await table.close();
  }
};

const say = (text: string): boolean => process.stdout.write(`${text}\n`);
const line = (name: string, { p50_ms, p99_ms, worst_ms }: Timing, targetMs?: number): void => {
  const target =
    targetMs === undefined ? '' : `  (p99 target ${targetMs} ms: ${p99_ms <= targetMs ? 'kept' : 'MISSED'})`;
  say(`${name.padEnd(44)}p50 ${p50_ms} ms   p99 ${p99_ms} ms   worst ${worst_ms} ms${target}`);
};

const main = async (): Promise<void> => {
  const decisions = await measureDecisions();
  line('decide, all well', decisions.all_well, TARGET_MS.pure);
  line('decide, a zone does not answer', decisions.zone_lost, TARGET_MS.pure);
  say(`CPU a decision, a zone does not answer: ${decisions.zone_lost_cpu_ms} ms`);
  const writes = await measureWrites();
  line('decide and claim (emulator, loopback)', writes.decide_and_claim, TARGET_MS.withWrite);
  line('peer: a plain PutItem of 1 KB', writes.plain_put);
  say(`a claim takes ${writes.claim_to_put_ratio} times as long as a plain put`);
  const probes = await measureProbes(topology);
  say(
    `CPU a probe: postgres ${probes.postgres_cpu_ms ?? 'not on this machine'}, api ${probes.api_cpu_ms}, peer ${probes.peer_cpu_ms}, bare fetch ${probes.bare_fetch_cpu_ms} ms`,
  );
  const moves = await measureLeaderMoves();
  if (moves !== null) {
    line('Kafka: a planned move of all leaders', moves.step);
    line('  what one producer waits for', moves.pause, TARGET_MS.leaderMove);
    say(`  lost ${moves.lost} of ${moves.acknowledged} acknowledged`);
  }
  const cost = await costOfRound(loadTopology(join(projectFolder, 'config/aws.example.yaml')));
  say(
    `a calm round of ${cost.witnesses} witnesses every ${cost.round_seconds} s costs ${cost.usd_per_round.whole} USD (DynamoDB ${cost.usd_per_round.dynamodb}, Lambda ${cost.usd_per_round.lambda}, CloudWatch ${cost.usd_per_round.cloudwatch}): ${cost.usd_per_month} USD a month at list prices`,
  );
  const machine = { cores: cpus().length, model: cpus()[0]?.model ?? 'unknown', load: loadavg()[0] ?? null };
  const report = {
    at: new Date().toISOString(),
    machine,
    targets_ms: TARGET_MS,
    decisions,
    writes,
    probes,
    leader_moves: moves,
    cost,
  };
  mkdirSync(join(projectFolder, 'reports'), { recursive: true });
  writeFileSync(join(projectFolder, 'reports/bench.json'), `${JSON.stringify(report, null, 2)}\n`);
  const worst = Math.max(decisions.all_well.p99_ms, decisions.zone_lost.p99_ms);
  const kept =
    worst <= TARGET_MS.pure &&
    writes.decide_and_claim.p99_ms <= TARGET_MS.withWrite &&
    (moves === null || (moves.lost === 0 && moves.pause.p99_ms <= TARGET_MS.leaderMove));
  process.exitCode = kept ? 0 : 1;
};

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});

import { loadTopology } from '../lib/config/load-topology';
import { decide } from '../lib/domain/decision/decide';
import type { Snapshot } from '../lib/domain/decision/snapshot';
import { recordRound } from '../lib/domain/health/target-history';
import type { Observation, ProbeResult, TargetObservation } from '../lib/domain/observation';
import { witnessesOf } from '../lib/domain/topology';
import { createMemoryStore } from '../lib/state/memory-store';

/**
 * What one round costs a witness in CPU, without the network: the decision from four witnesses' evidence, calm and with
 * a zone lost. Recovery times are measured by drills: `npm run drill -- --repeat 20`.
 */
const topology = loadTopology('config/lab.yaml');
const ok: ProbeResult = { state: 'ok', reason: null, latencyMs: 1.5 };
const failed: ProbeResult = { state: 'failed', reason: 'timeout', latencyMs: null };

const seen = (kind: 'postgres' | 'api', zone: string, results: readonly ProbeResult[]): TargetObservation => {
  const last = results.reduce<TargetObservation | undefined>(
    (previous, result) => recordRound(previous, { kind, zone, result }, topology.policy).observation,
    undefined,
  );
  if (last === undefined) throw new Error('a target needs a round');
  return last;
};

const observation = (witness: string, azA: readonly ProbeResult[]): Observation => ({
  witness,
  zone: witness === 'region' ? null : witness,
  runId: 'bench',
  round: 60,
  atMs: 0,
  stalledMs: 0,
  targets: (['postgres', 'api'] as const).flatMap((kind) => [
    seen(kind, 'az-a', azA),
    seen(
      kind,
      'az-b',
      Array.from({ length: 60 }, () => ok),
    ),
  ]),
});

const snapshotOf = async (azA: readonly ProbeResult[]): Promise<Snapshot> => {
  const store = createMemoryStore({ workload: topology.workload, witnesses: witnessesOf(topology) });
  const nothing = { operation: null, cooldownUntilMs: 0, lastOutcome: null, drill: null, nonce: 'bench' };
  const seat = await store.initialiseSeat({
    workload: topology.workload,
    epoch: 1,
    writer: 'az-a',
    eligible: 'az-b',
    ...nothing,
  });
  const observations = witnessesOf(topology).map((witness) => observation(witness, azA));
  const ageMs = Object.fromEntries(observations.map(({ witness }) => [witness, 0]));
  return { topology, policyVersion: 'bench', seat, observations, ageMs, nowMs: 1, decidedBy: 'az-c' };
};

const measure = (name: string, act: () => unknown, runs = 3_000): void => {
  for (let warmUp = 0; warmUp < runs / 10; warmUp += 1) act();
  const startedMs = performance.now();
  for (let run = 0; run < runs; run += 1) act();
  const eachMs = (performance.now() - startedMs) / runs;
  process.stdout.write(
    `${name.padEnd(28)}${eachMs.toFixed(3)} ms each, ${Math.round(1000 / eachMs)} a second\n`,
  );
};

const main = async (): Promise<void> => {
  const calm = await snapshotOf(Array.from({ length: 60 }, () => ok));
  const lost = await snapshotOf([
    ...Array.from({ length: 50 }, () => ok),
    ...Array.from({ length: 10 }, () => failed),
  ]);
  measure('decide, all well', () => decide(calm));
  measure('decide, a zone does not answer', () => decide(lost));
};

void main();

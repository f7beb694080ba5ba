import type { Snapshot } from '../lib/domain/decision/snapshot';
import { recordBurst, recordRound } from '../lib/domain/health/target-history';
import type { Observation, ProbeResult, TargetKind, TargetObservation } from '../lib/domain/observation';
import type { Seat } from '../lib/domain/protocol/seat';
import type { Topology, WitnessId, ZoneId } from '../lib/domain/topology';
import { REGION_WITNESS, witnessesOf } from '../lib/domain/topology';

const ok: ProbeResult = {
  state: 'ok',
  reason: null,
  latencyMs: 1.5,
  replication: {
    role: 'primary',
    position: '0/3000148',
    timeline: 1,
    writable: true,
    lagSeconds: 0,
    standbys: [{ name: 'az-b-e1', state: 'streaming', syncState: 'sync', flushLagBytes: 0 }],
    syncSetting: 'FIRST 1 ("az-b-e1")',
    blockedWriters: 0,
    fenceEpoch: 1,
    beaconAtMs: 1,
    upstreamHost: null,
  },
};
const failed: ProbeResult = { state: 'failed', reason: 'timeout', latencyMs: null };

const rounds = (count: number, result: ProbeResult): readonly ProbeResult[] =>
  Array.from({ length: count }, () => result);

const seen = (
  topology: Topology,
  kind: TargetKind,
  zone: ZoneId,
  results: readonly ProbeResult[],
): TargetObservation => {
  const { policy } = topology;
  const [first = ok, ...rest] = results;
  const last = rest.reduce(
    (previous, result) => recordRound(previous, { kind, zone, result }, policy).observation,
    recordRound(undefined, { kind, zone, result: first }, policy).observation,
  );
  return last.latest.state === 'failed'
    ? recordBurst(last, rounds(policy.confirmingProbes, failed), policy)
    : last;
};

/** What the witness watches, as in the lab: the Region's sees only the API. */
const kindsOf = (witness: WitnessId): readonly TargetKind[] =>
  witness === REGION_WITNESS ? ['api'] : ['postgres', 'api', 'host', 'peer'];

const zonesOf = (kind: TargetKind, witness: WitnessId): readonly ZoneId[] =>
  kind === 'peer' ? ['az-a', 'az-b', 'az-c'].filter((zone) => zone !== witness) : ['az-a', 'az-b'];

const observation = (topology: Topology, witness: WitnessId, azA: readonly ProbeResult[]): Observation => ({
  witness,
  zone: witness === REGION_WITNESS ? null : witness,
  runId: 'bench',
  round: 60,
  atMs: 0,
  stalledMs: 0,
  targets: kindsOf(witness).flatMap((kind) =>
    zonesOf(kind, witness).map((zone) => seen(topology, kind, zone, zone === 'az-a' ? azA : rounds(60, ok))),
  ),
});

export const seatOf = (topology: Topology): Seat => ({
  workload: topology.workload,
  epoch: 1,
  writer: 'az-a',
  eligible: 'az-b',
  beside: {},
  operation: null,
  cooldownUntilMs: 0,
  lastOutcome: null,
  drill: null,
  nonce: 'bench',
});

/** What four witnesses have seen for sixty rounds, the last `lost` of them without an answer from az-a. */
export const snapshotOf = (topology: Topology, lost: number): Snapshot => {
  const azA = [...rounds(60 - lost, ok), ...rounds(lost, failed)];
  const observations = witnessesOf(topology)
    .filter((witness) => lost === 0 || witness !== 'az-a')
    .map((witness) => observation(topology, witness, azA));
  return {
    topology,
    policyVersion: 'bench',
    seat: seatOf(topology),
    observations,
    ageMs: Object.fromEntries(observations.map(({ witness }) => [witness, 0])),
    nowMs: 1,
    decidedBy: 'az-c',
  };
};

import type { Decision } from '../../lib/domain/decision/decision';
import type { Observation } from '../../lib/domain/observation';
import type { Operation, Seat } from '../../lib/domain/protocol/seat';
import type { DecisionRecord } from '../../lib/ports/state-store';

export const NOW_MS = 1_800_000_000_000;
export const WITNESSES = ['az-a', 'az-b', 'az-c', 'region'];

export const seatAt = (changes: Partial<Seat> = {}): Seat => ({
  workload: 'orders',
  epoch: 3,
  writer: 'az-a',
  eligible: 'az-b',
  beside: {},
  operation: null,
  cooldownUntilMs: 0,
  lastOutcome: null,
  drill: null,
  nonce: 'initial',
  ...changes,
});

export const failoverAt = (epoch: number, changes: Partial<Operation> = {}): Operation => ({
  kind: 'failover',
  epoch,
  stores: ['postgres'],
  from: 'az-a',
  to: 'az-b',
  mode: 'emergency',
  trigger: 'witness',
  reason: 'zone-loss',
  phase: 'claimed',
  progress: 0,
  claimedAtMs: NOW_MS,
  progressAtMs: NOW_MS,
  acceptLossSeconds: null,
  eligibleBefore: { postgres: 'az-b' },
  execution: `orders-e${epoch}`,
  ...changes,
});

export const claimOf = (seen: Seat, changes: Partial<Operation> = {}) =>
  ({
    type: 'claim',
    seen,
    operation: failoverAt(seen.epoch + 1, changes),
    nowMs: NOW_MS,
    overrideCooldown: false,
  }) as const;

export const observationBy = (witness: string, round: number, runId = 'run-1'): Observation => ({
  witness,
  zone: witness === 'region' ? null : witness,
  runId,
  round,
  atMs: NOW_MS,
  stalledMs: 0,
  targets: ['az-a', 'az-b'].flatMap((zone) => [
    {
      kind: 'postgres' as const,
      zone,
      latest: {
        state: 'ok' as const,
        reason: null,
        latencyMs: 1.5,
        replication: {
          role: 'primary' as const,
          position: '0/3000148',
          timeline: 1,
          writable: true,
          lagSeconds: null,
          standbys: [{ name: 'az-b-e3', state: 'streaming', syncState: 'sync', flushLagBytes: 0 }],
          syncSetting: 'FIRST 1 (az-b-e3)',
          blockedWriters: 0,
          fenceEpoch: 3,
          beaconAtMs: NOW_MS,
          upstreamHost: null,
        },
      },
      consecutiveFailed: 0,
      confirmed: false,
      recent: 'ooouf',
      baselineLatencyMs: 1.2,
      roundsWithoutStandby: 0,
    },
    {
      kind: 'peer' as const,
      zone,
      latest: { state: 'unknown' as const, reason: 'no answer', latencyMs: null },
      consecutiveFailed: 0,
      confirmed: false,
      recent: '',
      baselineLatencyMs: null,
      roundsWithoutStandby: 0,
    },
  ]),
});

const decision: Decision = {
  kind: 'failover',
  scenario: 'zone-loss',
  operation: { kind: 'failover', mode: 'emergency', stores: ['postgres'], from: 'az-a', to: 'az-b' },
  confidence: 96,
  reasons: [
    {
      code: 'quorum-failed',
      sentence: '3 of 3 voters saw it fail',
      numbers: { voters: 3, zone: 'az-a', lag: null },
    },
  ],
  verdicts: [
    {
      component: 'postgres',
      zone: 'az-a',
      state: 'failed',
      score: 0,
      scoreTerms: { success: 0 },
      trend: 'degrading',
      forecastSeconds: null,
      votes: { 'az-b': 'failed', 'az-c': 'failed', region: 'abstain' },
      lagSeconds: null,
      reasons: ['timeout'],
    },
  ],
  voters: [{ witness: 'az-b', runId: 'run-1', round: 10 }],
  seatEpoch: 3,
  policyVersion: 'v1',
};

export const recordAt = (epoch: number, atMs = NOW_MS): DecisionRecord => ({
  epoch,
  decision: { ...decision, seatEpoch: epoch },
  evidence: [observationBy('az-b', 10), observationBy('region', 12)],
  voters: decision.voters,
  atMs,
});

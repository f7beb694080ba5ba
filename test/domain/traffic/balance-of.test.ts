import { decide } from '../../../lib/domain/decision/decide';
import type { Snapshot } from '../../../lib/domain/decision/snapshot';
import type { Seat } from '../../../lib/domain/protocol/seat';
import type { BalancePolicy } from '../../../lib/domain/traffic/balance';
import { balanceOf } from '../../../lib/domain/traffic/balance-of';
import { failoverAt } from '../../state/seats';
import { CALM_GRID, NOW_MS, snapshotOf } from '../decision/world';

const balance: BalancePolicy = {
  shares: { 'az-a': 50, 'az-b': 50 },
  returnAfterMs: 60_000,
  dwellMs: 30_000,
  steps: [1, 5, 25, 50, 100],
};

const activeActive = (grid: string, seat: Partial<Seat> = {}): Snapshot => {
  const snapshot = snapshotOf(grid, { seat });
  const { topology } = snapshot;
  return {
    ...snapshot,
    topology: { ...topology, mode: 'active-active', traffic: { ...topology.traffic, balance } },
  };
};
const shared: Partial<Seat> = { traffic: { 'az-a': 50, 'az-b': 50 }, balancedAtMs: NOW_MS - 3_600_000 };

//                pg@a api@a host@a   pg@b api@b host@b   peer@c
const API_A_GONE = `
  az-a            o    F     o        o    o     o        o
  az-b            o    F     o        o    o     o        o
  az-c            o    F     o        o    o     o        .
  region          .    F     .        .    o     .        .`;
const API_B_GONE = `
  az-a            o    o     o        o    F     o        o
  az-b            o    o     o        o    F     o        o
  az-c            o    o     o        o    F     o        .
  region          .    o     .        .    F     .        .`;
/** A fifth of all packets is lost on the way to az-a. */
const LOSSY_A = `
  az-a            o    o     o        o    o     o        o
  az-b            l    T     l        o    o     o        o
  az-c            l    T     l        o    o     o        .
  region          .    T     .        .    o     .        .`;
const NOBODY_LOOKS = `
  az-a            .    .     .        .    .     .        .
  az-b            .    .     .        .    .     .        .
  az-c            .    .     .        .    .     .        .
  region          .    .     .        .    .     .        .`;

describe('the balance of an active-active deployment', () => {
  it('is none in active-standby', () => {
    expect(balanceOf(snapshotOf(API_A_GONE))).toBeNull();
  });

  it('drains the zone whose API failed, and no store moves for it', () => {
    expect(balanceOf(activeActive(API_A_GONE, shared))?.weights).toEqual({ 'az-a': 0, 'az-b': 100 });
    expect(balanceOf(activeActive(API_B_GONE, shared))?.weights).toEqual({ 'az-a': 100, 'az-b': 0 });
    for (const grid of [API_A_GONE, API_B_GONE]) {
      const decision = decide(activeActive(grid, shared));
      expect(decision).toMatchObject({ kind: 'hold', scenario: 'partial-service-failure', operation: null });
      expect(decision.reasons[0]?.sentence).toContain('by weights, and no store moves');
    }
    expect(decide(snapshotOf(API_A_GONE))).toMatchObject({ kind: 'failover' });
    expect(decide(activeActive(CALM_GRID, shared))).toMatchObject({ kind: 'none', scenario: 'none' });
  });

  it('takes lost packets, and what nobody looked at, for unknown', () => {
    for (const grid of [LOSSY_A, NOBODY_LOOKS])
      expect(balanceOf(activeActive(grid, shared))?.weights).toEqual(shared.traffic);
    expect(decide(activeActive(LOSSY_A, shared)).scenario).not.toBe('partial-service-failure');
  });

  it('says nothing of a deployment without an API', () => {
    const { topology, ...rest } = activeActive(API_A_GONE, shared);
    const components = topology.components.filter(({ component }) => component !== 'api');
    expect(balanceOf({ ...rest, topology: { ...topology, components } })?.weights).toEqual(shared.traffic);
  });

  it('counts the rest from the last change, and the end of a move is one', () => {
    const drained: Partial<Seat> = { traffic: { 'az-a': 0, 'az-b': 100 }, balancedAtMs: NOW_MS - 59_500 };
    expect(balanceOf(activeActive(CALM_GRID, drained))?.why).toContain('comes in 1 s');
    const moved = { epoch: 7, kind: 'failover', stores: ['postgres'], result: 'completed' } as const;
    const lastOutcome = { ...moved, from: 'az-a', to: 'az-b', reason: '', atMs: NOW_MS - 1_000 };
    const after = { writer: 'az-b', eligible: 'az-a', traffic: null, lastOutcome };
    expect(balanceOf(activeActive(CALM_GRID, after))).toEqual({
      weights: { 'az-a': 0, 'az-b': 100 },
      why: 'az-a is well; its next share of the traffic comes in 59 s',
    });
    expect(balanceOf(activeActive(CALM_GRID))?.weights).toEqual({ 'az-a': 99, 'az-b': 1 });
  });

  it('leaves the traffic to an operation, and where a guard left it', () => {
    const held = activeActive(API_A_GONE, { ...shared, epoch: 8, operation: failoverAt(8) });
    expect(balanceOf(held)).toEqual({
      weights: shared.traffic,
      why: 'the failover of epoch 8 has the traffic',
    });
    const breach = { reason: 'slow', traffic: 'hold' } as const;
    const unknown = { ...shared, operation: failoverAt(8, { phase: 'admitted', breach }) };
    expect(balanceOf(activeActive(API_A_GONE, unknown))).toBeNull();
    const left = activeActive(API_A_GONE, { traffic: { 'az-a': 100, 'az-b': 0 }, balancedAtMs: null });
    expect(balanceOf(left)?.why).toContain('a person decides');
  });
});

import { countWithoutStandby } from '../../../lib/domain/health/standby-view';
import type { ReplicationView, TargetObservation } from '../../../lib/domain/observation';
import { FAILED, OK, replicationWith, UNKNOWN } from '../decision/world';

const seen = (view: Partial<ReplicationView>, roundsWithoutStandby = 4): TargetObservation => ({
  kind: 'postgres',
  zone: 'az-a',
  latest: { ...OK, replication: replicationWith(view) },
  consecutiveFailed: 0,
  confirmed: false,
  recent: 'o',
  baselineLatencyMs: 2,
  roundsWithoutStandby,
});

const standby = (changes: object = {}) => ({
  name: 'az-b-e7',
  state: 'streaming',
  syncState: 'sync',
  flushLagBytes: 0,
  ...changes,
});

const countFrom = (before: Partial<ReplicationView>, now: Partial<ReplicationView>): number =>
  countWithoutStandby(seen(before), { ...OK, replication: replicationWith(now) });

describe('rounds in which the primary shows no working standby', () => {
  it.each<[string, Partial<ReplicationView>, number]>([
    ['one that streams', {}, 0],
    ['one by quorum', { standbys: [standby({ syncState: 'quorum' })] }, 0],
    ['none at all', { standbys: [] }, 5],
    ['one that is only asynchronous', { standbys: [standby({ syncState: 'async' })] }, 5],
    ['one that only catches up', { standbys: [standby({ state: 'catchup' })] }, 5],
    ['none, and it waits for none', { standbys: [], syncSetting: '' }, 0],
    ['none, and what it waits for is not known', { standbys: [], syncSetting: null }, 0],
    ['none, but it is a standby itself', { standbys: [], role: 'standby' }, 0],
  ])('%s', (_what, view, rounds) => {
    expect(countFrom({}, view)).toBe(rounds);
  });

  it('are not counted by an unknown round, and begin anew with a failed one', () => {
    expect(countWithoutStandby(seen({}), UNKNOWN)).toBe(4);
    expect(countWithoutStandby(seen({}), FAILED)).toBe(0);
    expect(countWithoutStandby(seen({}), OK)).toBe(0);
    expect(countWithoutStandby(undefined, UNKNOWN)).toBe(0);
    const gone = { ...OK, replication: replicationWith({ standbys: [] }) };
    expect(countWithoutStandby(undefined, gone)).toBe(1);
  });
});

const HISTORY = '8371b4fb1155b71f4a04d3e1bc3e18c4a990aeeb';
const OTHER = '0000000000000000000000000000000000000000';

describe('writers that wait', () => {
  const waiting = { blockedWriters: 2, position: '1/10', standbys: [standby({ flushLagBytes: 16 })] };

  it.each<[string, Partial<ReplicationView>, Partial<ReplicationView>, number]>([
    ['for a standby that flushes nothing', waiting, waiting, 5],
    ['for one that fell back', waiting, { ...waiting, standbys: [standby({ flushLagBytes: 17 })] }, 5],
    ['for one that flushes on', waiting, { ...waiting, standbys: [standby({ flushLagBytes: 15 })] }, 0],
    [
      'while the primary wrote more and the standby kept its distance',
      waiting,
      { ...waiting, position: '1/11' },
      0,
    ],
    [
      'across the halves of the position',
      { ...waiting, position: '0/FFFFFFFF' },
      { ...waiting, position: '1/0' },
      0,
    ],
    [
      'with the furthest of two that flushes',
      waiting,
      { ...waiting, standbys: [standby({ flushLagBytes: 16 }), standby({ flushLagBytes: 3 })] },
      0,
    ],
    ['only now', { ...waiting, blockedWriters: 0 }, waiting, 0],
    ['no longer', waiting, { ...waiting, blockedWriters: 0 }, 0],
    ['for how long is not known before', { ...waiting, blockedWriters: null }, waiting, 0],
    ['or not, which is not known', waiting, { ...waiting, blockedWriters: null }, 0],
    [
      'in one history of Redis',
      { ...waiting, position: `${HISTORY}:90` },
      { ...waiting, position: `${HISTORY}:90` },
      5,
    ],
    [
      'in one history of Redis that goes on',
      { ...waiting, position: `${HISTORY}:90` },
      { ...waiting, position: `${HISTORY}:91` },
      0,
    ],
    [
      'in two histories of Redis',
      { ...waiting, position: `${HISTORY}:90` },
      { ...waiting, position: `${OTHER}:9` },
      0,
    ],
    ['in a history that is none', { ...waiting, position: 'abc:90' }, { ...waiting, position: 'abc:90' }, 0],
    ['at a position that is not known', waiting, { ...waiting, position: null }, 0],
    ['at a position that was not known', { ...waiting, position: null }, waiting, 0],
    ['at a position that is none', waiting, { ...waiting, position: 'x1/10' }, 0],
    ['at a position with more behind it', waiting, { ...waiting, position: '1/10x' }, 0],
    ['at a position with no second half', waiting, { ...waiting, position: '1/' }, 0],
    ['at a position of too many digits', waiting, { ...waiting, position: '1/123456789' }, 0],
    ['at a position whose first half is too long', waiting, { ...waiting, position: '123456789/1' }, 0],
    ['at a lag that is not known', waiting, { ...waiting, standbys: [standby({ flushLagBytes: null })] }, 0],
    ['at a lag that was not known', { ...waiting, standbys: [standby({ flushLagBytes: null })] }, waiting, 0],
  ])('%s', (_what, before, now, rounds) => {
    expect(countFrom(before, now)).toBe(rounds);
  });

  it('for the first time that anybody looks prove nothing', () => {
    expect(countWithoutStandby(undefined, { ...OK, replication: replicationWith(waiting) })).toBe(0);
  });
});

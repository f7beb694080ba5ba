import { firstShare, nextShare } from '../../../lib/domain/traffic/shift-policy';
import { trafficOf } from '../../../lib/domain/traffic/traffic-of';
import { allTo, differs, shareOf, sharedBetween } from '../../../lib/domain/traffic/weights';
import { seatWith } from '../decision/world';
import { failoverAt } from '../../state/seats';

const zones = ['az-a', 'az-b', 'az-d'];

describe('weights', () => {
  it('give one zone all of it', () => {
    expect(allTo(zones, 'az-b')).toEqual({ 'az-a': 0, 'az-b': 100, 'az-d': 0 });
  });

  it('are shared between two zones, and the others get nothing', () => {
    const move = { from: 'az-a', to: 'az-b' };
    expect(sharedBetween(zones, move, 25)).toEqual({ 'az-a': 75, 'az-b': 25, 'az-d': 0 });
    expect(sharedBetween(zones, move, 100)).toEqual(allTo(zones, 'az-b'));
  });

  it.each([
    [{ 'az-a': 75, 'az-b': 25 }, 25],
    [{ 'az-a': 1, 'az-b': 3 }, 75],
    [{ 'az-a': 0, 'az-b': 0 }, 0],
    [{ 'az-a': 5 }, 0],
  ])('%j are %d percent of az-b', (weights, share) => {
    expect(shareOf(weights, 'az-b')).toBe(share);
  });

  it('differ when one of those wanted is another', () => {
    const wanted = { 'az-a': 0, 'az-b': 100 };
    expect(differs(wanted, { ...wanted, 'az-d': 0 })).toBe(false);
    expect(differs(wanted, { 'az-a': 1, 'az-b': 100 })).toBe(true);
    expect(differs(wanted, { 'az-b': 100 })).toBe(true);
  });
});

const steps = { steps: [1, 5, 25, 50, 100] };

describe('the first step', () => {
  it.each([
    [0, 1],
    [1, 1],
    [30, 50],
    [50, 50],
    [100, 100],
    [101, 100],
  ])('with %d percent there already is %d', (present, first) =>
    expect(firstShare(steps, present)).toBe(first),
  );
});

describe('the next step', () => {
  it.each([
    [0, 1],
    [1, 5],
    [30, 50],
    [50, 100],
    [100, 100],
  ])('from %d is %d', (present, next) => expect(nextShare(steps, present)).toBe(next));
});

describe('where the traffic belongs', () => {
  const seat = seatWith({ writer: 'az-b' });
  const held = (changes: Parameters<typeof failoverAt>[1]) =>
    trafficOf({ ...seat, operation: failoverAt(8, changes) }, zones);

  it('is with the writer, unless it was left elsewhere', () => {
    expect(trafficOf(seat, zones)).toEqual(allTo(zones, 'az-b'));
    expect(trafficOf({ ...seat, traffic: null }, zones)).toEqual(allTo(zones, 'az-b'));
    expect(trafficOf({ ...seat, traffic: { 'az-a': 100 } }, zones)).toEqual({ 'az-a': 100 });
  });

  it('is what it was while a move has not admitted anybody, or is none of PostgreSQL', () => {
    const left = { ...seat, traffic: { 'az-a': 100 } };
    const before = failoverAt(8, { phase: 'fenced' });
    const ofRedis = failoverAt(8, { phase: 'admitted', stores: ['redis'] });
    expect(trafficOf({ ...left, operation: before }, zones)).toEqual({ 'az-a': 100 });
    expect(trafficOf({ ...left, operation: ofRedis }, zones)).toEqual({ 'az-a': 100 });
  });

  it('goes with the new writer from admission on, unless a guard said no', () => {
    expect(held({ phase: 'admitted' })).toEqual(allTo(zones, 'az-b'));
    const breach = (traffic: 'back' | 'hold') =>
      held({ phase: 'admitted', breach: { reason: 'r', traffic } });
    expect(breach('back')).toEqual(allTo(zones, 'az-a'));
    expect(breach('hold')).toBeNull();
  });
});

import * as fc from 'fast-check';
import type { Balancing, BalancePolicy } from '../../../lib/domain/traffic/balance';
import { balanced, evenShares } from '../../../lib/domain/traffic/balance';

const policy: BalancePolicy = {
  shares: { 'az-a': 50, 'az-b': 50 },
  returnAfterMs: 60_000,
  dwellMs: 30_000,
  steps: [1, 5, 25, 50, 100],
};
const at = (a: number, b: number) => ({ 'az-a': a, 'az-b': b });
const words = (a: string, b: string) => ({ 'az-a': a, 'az-b': b }) as Balancing['words'];
const balance = (
  present: Balancing['present'],
  seen: Balancing['words'],
  restedMs = 3_600_000,
  with_: Partial<BalancePolicy> = {},
) => balanced({ ...policy, ...with_ }, { present, words: seen, restedMs });

describe('weights that follow the health of the zones', () => {
  it.each([
    ['all is well', at(50, 50), words('well', 'well'), at(50, 50), 'each zone has its share'],
    ['one failed', at(50, 50), words('failed', 'well'), at(0, 100), 'the service in az-a failed'],
    ['one is not known', at(50, 50), words('unknown', 'well'), at(50, 50), 'each zone has its share'],
    [
      'one failed, nobody is seen well',
      at(50, 50),
      words('failed', 'unknown'),
      at(50, 50),
      'no zone is seen well',
    ],
    ['both failed', at(50, 50), words('failed', 'failed'), at(50, 50), 'az-a and az-b failed, and no zone'],
    ['it was drained before', at(0, 100), words('failed', 'well'), at(0, 100), 'gets its share back when'],
    [
      'it is not known again yet',
      at(0, 100),
      words('unknown', 'well'),
      at(0, 100),
      'when its service is seen well',
    ],
    ['it is well again', at(0, 100), words('well', 'well'), at(1, 99), 'az-a is well and goes from 0 to 1 %'],
    ['a step later', at(25, 75), words('well', 'well'), at(50, 50), 'from 25 to 50 %'],
    ['it failed again on its way', at(5, 95), words('failed', 'well'), at(0, 100), 'az-a failed'],
  ] as const)('%s', (...[, present, seen, weights, why]) => {
    const found = balance(present, seen);
    expect(found.weights).toEqual(weights);
    expect(found.why).toContain(why);
  });

  it('gives back only after the rest, and a step only after its time', () => {
    expect(balance(at(0, 100), words('well', 'well'), 59_001)).toEqual({
      weights: at(0, 100),
      why: 'az-a is well; its next share of the traffic comes in 1 s',
    });
    expect(balance(at(0, 100), words('well', 'well'), 60_000).weights).toEqual(at(1, 99));
    expect(balance(at(1, 99), words('well', 'well'), 29_000).weights).toEqual(at(1, 99));
    expect(balance(at(1, 99), words('well', 'well'), 30_000).weights).toEqual(at(5, 95));
  });

  it('ends at the share that was asked for, however the steps fall', () => {
    const shares = at(30, 70);
    expect(balance(at(25, 75), words('well', 'well'), 30_000, { shares }).weights).toEqual(shares);
    expect(balance(shares, words('well', 'well'), 30_000, { shares }).weights).toEqual(shares);
  });

  it('parts what a third zone leaves among the others, as they share it, and leaves one that serves nothing out', () => {
    const shares = { 'az-a': 40, 'az-b': 40, 'az-d': 20 };
    const seen = { 'az-a': 'failed', 'az-b': 'well', 'az-d': 'unknown' } as const;
    expect(balance(shares, seen, 0, { shares }).weights).toEqual({ 'az-a': 0, 'az-b': 67, 'az-d': 33 });
    expect(balance({ 'az-a': 50, 'az-b': 50, 'az-d': 0 }, seen, 0, { shares }).weights).toEqual({
      'az-a': 0,
      'az-b': 100,
      'az-d': 0,
    });
  });

  it('parts evenly where nobody has a share', () => {
    const shares = { 'az-a': 100, 'az-b': 0, 'az-d': 0 };
    const seen = { 'az-a': 'failed', 'az-b': 'well', 'az-d': 'well' } as const;
    expect(balance(shares, seen, 0, { shares }).weights).toEqual({ 'az-a': 0, 'az-b': 50, 'az-d': 50 });
    expect(evenShares(['az-a', 'az-b', 'az-d'])).toEqual({ 'az-a': 33, 'az-b': 33, 'az-d': 34 });
  });

  it('takes a zone that the weights do not name for one that has nothing', () => {
    expect(balance({ 'az-b': 100 }, words('well', 'well')).weights).toEqual(at(1, 99));
    expect(balance({ 'az-b': 100 }, words('failed', 'well')).weights).toEqual({ 'az-b': 100 });
    const shares = { 'az-b': 100 };
    expect(balance(at(0, 100), words('well', 'well'), 0, { shares }).weights).toEqual(at(0, 100));
  });

  it('always gives all of it, never to a zone that failed while another is well, and nothing on what is unknown', () => {
    const word = fc.constantFrom('well', 'failed', 'unknown');
    const share = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(fc.tuple(share, share), fc.tuple(word, word), fc.nat(100_000), (parts, seen, restedMs) => {
        const [[now, wanted], [a, b]] = [parts, seen];
        const present = at(now, 100 - now);
        const shares = at(wanted, 100 - wanted);
        const { weights } = balance(present, words(a, b), restedMs, { shares });
        expect((weights['az-a'] ?? 0) + (weights['az-b'] ?? 0)).toBe(100);
        expect(Object.values(weights).every((weight) => Number.isInteger(weight) && weight >= 0)).toBe(true);
        if (a === 'failed' && b === 'well') expect(weights['az-a']).toBe(0);
        if (a !== 'failed' && b !== 'failed' && a !== 'well' && b !== 'well')
          expect(weights).toEqual(present);
      }),
    );
  });
});

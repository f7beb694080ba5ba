import fc from 'fast-check';
import type { AddressRecord } from '../../../lib/lab/dns/zone-records';
import { answerFor, chooseRecord } from '../../../lib/lab/dns/zone-records';

const record = (address: string, weight: number | null, name = 'orders.evac.test'): AddressRecord => ({
  name,
  addresses: [address],
  ttlSeconds: 1,
  weight,
});
const ask = (name: string, wantsAddress = true) =>
  answerFor({ name, wantsAddress }, 'evac.test', [record('10.0.0.1', 100), record('10.0.0.2', 0)], 0.5);

describe('chooseRecord', () => {
  it('chooses each record in proportion to its weight, weight 0 never, all 0 alike', () => {
    const weights = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(weights, (given) => {
        const records = given.map((weight, i) => record(`10.0.0.${i}`, weight));
        const total = given.reduce((sum, weight) => sum + weight, 0);
        const draws = 2_000;
        const counts = given.map(() => 0);
        for (let i = 0; i < draws; i += 1) {
          const chosen = chooseRecord(records, (i + 0.5) / draws);
          const index = records.findIndex((one) => one === chosen);
          counts[index] = (counts[index] ?? 0) + 1;
        }
        given.forEach((weight, i) => {
          const share = total === 0 ? 1 / given.length : weight / total;
          expect(Math.abs((counts[i] ?? 0) - share * draws)).toBeLessThanOrEqual(2);
          if (share === 0) expect(counts[i]).toBe(0);
        });
      }),
    );
  });

  it('chooses nothing from nothing, and something at the very end of the range', () => {
    expect(chooseRecord([], 0)).toBeUndefined();
    const thirds = [record('a', 1), record('b', 1), record('c', 1), record('d', 0)];
    expect(chooseRecord(thirds, 1)?.addresses).toEqual(['c']);
  });
});

describe('answerFor', () => {
  it('tells a name that is not there from one without the asked type, and from another zone', () => {
    expect(ask('ORDERS.evac.test.')).toMatchObject({
      kind: 'addresses',
      record: { addresses: ['10.0.0.1'] },
    });
    expect(ask('orders.evac.test', false)).toEqual({ kind: 'no-data' });
    expect(ask('evac.test')).toEqual({ kind: 'no-data' });
    expect(ask('nobody.evac.test')).toEqual({ kind: 'no-such-name' });
    expect(ask('notevac.test')).toEqual({ kind: 'not-ours' });
    expect(
      answerFor(
        { name: 'b.evac.test', wantsAddress: true },
        'evac.test',
        [record('1', null, 'a.b.evac.test')],
        0,
      ),
    ).toEqual({ kind: 'no-data' });
  });
});

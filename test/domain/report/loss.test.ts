import fc from 'fast-check';
import type { Order } from '../../../lib/domain/report/ledger-event';
import { measureLoss } from '../../../lib/domain/report/loss';

const order = (id: string, ackAtMs: number | null): Order => ({
  id,
  startedAtMs: 0,
  ackAtMs,
  attempts: 1,
  failedAttemptAtMs: [],
  gaveUp: false,
  servedBy: null,
});

describe('measureLoss', () => {
  it('agrees with a naive oracle on any ledger and any survivors', () => {
    const entry = fc.record({
      ackAtMs: fc.option(fc.integer({ min: 0, max: 200 })),
      survived: fc.boolean(),
      known: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 40 }),
        fc.integer({ min: 50, max: 250 }),
        (entries, readAtMs) => {
          const orders = entries.map((e, i) => order(`o${i}`, e.ackAtMs));
          const idsWhere = (test: (e: (typeof entries)[number]) => boolean) =>
            new Set(entries.flatMap((e, i) => (test(e) ? [`o${i}`] : [])));
          const loss = measureLoss(
            orders,
            100,
            { ids: idsWhere((e) => e.survived), readAtMs },
            idsWhere((e) => e.known),
          );

          const lost: string[] = [];
          let worstAgeMs = 0;
          entries.forEach((e, i) => {
            if (e.ackAtMs === null || e.ackAtMs >= readAtMs || e.survived || e.known) return;
            lost.push(`o${i}`);
            if (100 - e.ackAtMs > worstAgeMs) worstAgeMs = 100 - e.ackAtMs;
          });
          expect(loss).toEqual({ lostIds: lost, rpoMs: worstAgeMs });
        },
      ),
    );
  });

  it('is 0 when none is missing, and an unacknowledged order is nobody’s loss', () => {
    const loss = measureLoss([order('a', 10), order('b', null)], 100, { ids: new Set(['a']), readAtMs: 200 });
    expect(loss).toEqual({ lostIds: [], rpoMs: 0 });
  });

  it('counts an order acknowledged after the fault as lost although it has no age', () => {
    expect(measureLoss([order('z', 150)], 100, { ids: new Set(), readAtMs: 200 })).toEqual({
      lostIds: ['z'],
      rpoMs: 0,
    });
  });
});

import fc from 'fast-check';
import { compareStore } from '../../../lambdas/verify-copies/compare-store';
import { startLimits } from '../../../lambdas/verify-copies/comparison';
import { Unreachable } from '../../../lib/domain/errors';
import { verdictOnCopies } from '../../../lib/domain/consistency/report';
import { createVirtualClock } from '../ports';
import { createMemoryCopies } from './memory-copies';

const itemsOf = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${String(n).padStart(4, '0')}`, `v${n}`]));

const begin = (count = 20) => {
  const { reader, world } = createMemoryCopies('redis', itemsOf(count));
  const clock = createVirtualClock();
  const times = { beginForMs: 10_000, endAfterMs: 20_000, requestMs: 1_000 };
  const limits = startLimits(clock, times);
  const comparison = { reader, pair: { writer: 'az-a', copy: 'az-b' }, clock, limits };
  return { world, clock, comparison, run: (from: unknown = null) => compareStore(comparison, from) };
};

describe('comparing a store', () => {
  it('reads equal chunks once and looks at nothing', async () => {
    const { run, world } = begin();
    const { report, next } = await run();
    expect(next).toBeNull();
    expect(report).toMatchObject({ items: 20, chunks: 7, lookedAgain: 0, notes: ['in memory'] });
    expect(verdictOnCopies(report)).toBe('equal');
    expect(world.calls).toMatchObject({ items: 0, look: 0, catchUp: 0 });
  });

  it('does not report what the copy only had not applied yet', async () => {
    const { run, world } = begin();
    world.sides['az-a'].set('k0004', 'written meanwhile');
    world.lag.push(() => world.sides['az-b'].set('k0004', 'written meanwhile'));
    const { report } = await run();
    expect(verdictOnCopies(report)).toBe('equal');
    expect(report).toMatchObject({ lookedAgain: 1, itemsLookedAt: 0 });
  });

  it('looks again at what was changed under its look', async () => {
    const { run, world } = begin();
    world.sides['az-b'].set('k0004', 'x');
    world.busy.set('k0004', 7);
    const { report } = await run();
    expect(report.differences).toEqual([{ item: 'thing k0004', what: 'different', words: null }]);
    expect(world.calls.look).toBe(8);
  });

  it('leaves open what is never still', async () => {
    const { run, world } = begin();
    world.sides['az-b'].set('k0004', 'x');
    world.busy.set('k0004', Number.MAX_SAFE_INTEGER);
    const { report } = await run();
    expect(report.differences).toEqual([]);
    expect(report.unknown).toEqual([
      { part: 'items from 3', why: '1 of its items changed in each of 60 looks, e.g. thing k0004' },
    ]);
  });

  it('ends at its time, and says what it did not settle', async () => {
    const { run, world, clock } = begin();
    world.sides['az-b'].set('k0004', 'x');
    world.busy.set('k0004', Number.MAX_SAFE_INTEGER);
    const { sleep } = clock;
    clock.sleep = async (ms) => {
      clock.advance(9_000);
      await sleep(ms);
    };
    const { report, next } = await run();
    expect(report.unknown).toHaveLength(1);
    expect(world.calls.look).toBeLessThan(60);
    expect(next).toBe(6);
  });

  it('goes on where the slice before ended', async () => {
    const { comparison, clock } = begin();
    clock.advance(11_000);
    const first = await compareStore(comparison, null);
    expect(first.next).toBe(6);
    const rest = await compareStore(
      { ...comparison, limits: { ...comparison.limits, lastBeginMs: 99_000 } },
      6,
    );
    expect(rest.next).toBeNull();
    expect(first.report.items + rest.report.items).toBe(20);
  });

  it('stops after a page of which a side says nothing', async () => {
    const { run, world } = begin();
    world.silent.add('az-b');
    const { report } = await run();
    expect(report.unknown).toEqual([
      { part: 'items from 0', why: 'the standby: az-b did not answer' },
      { part: 'items from 3', why: 'the standby: az-b did not answer' },
      { part: 'everything after that', why: 'a side did not answer' },
    ]);
    expect(world.calls.digests).toBe(2);
    expect(verdictOnCopies(report)).toBe('unknown');
  });

  it('says why when the chunks cannot be asked for', async () => {
    const { run, world } = begin();
    world.refusesToPage = new Unreachable('az-a refused');
    expect((await run()).report.unknown).toEqual([{ part: 'everything after that', why: 'az-a refused' }]);
    world.refusesToPage = 'no error at all' as unknown as Error;
    expect((await run()).report.unknown[0]?.why).toBe('no error at all');
  });

  it('does not judge a copy that does not catch up', async () => {
    const { run, world } = begin();
    world.sides['az-b'].set('k0004', 'x');
    world.catchesUp = false;
    expect((await run()).report.unknown).toEqual([{ part: 'items from 3', why: 'az-b lags behind' }]);
  });

  it('names the chunk when it is damaged and none of its items is the reason', async () => {
    const { run, world } = begin(3);
    world.damaged.add('az-b');
    expect((await run()).report.differences).toEqual([
      { item: 'items from 0', what: 'unreadable at the standby', words: 'invalid page' },
    ]);
  });

  it('stops when there are differences enough, and says that it did', async () => {
    const { run, world, comparison } = begin(900);
    world.chunkOf = 150;
    world.pageOf = 1;
    for (const key of world.sides['az-b'].keys()) world.sides['az-b'].set(key, 'x');
    const { report } = await run();
    expect(report.differencesFound).toBe(150);
    expect(report.differences).toHaveLength(100);
    expect(report.unknown).toEqual([{ part: 'everything after that', why: '150 differences are enough' }]);
    world.chunkOf = 450;
    const many = await compareStore(comparison, null);
    expect(many.report.unknown[0]?.why).toMatch(/^250 more of its items were not looked at: 200 differences/);
  });

  it('finds every planted difference, and nothing else, while items lag and change', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 0, max: 39 }), { maxLength: 6 }),
        fc.uniqueArray(fc.integer({ min: 0, max: 39 }), { maxLength: 12 }),
        fc.uniqueArray(fc.integer({ min: 0, max: 39 }), { maxLength: 12 }),
        async (planted, lagging, busy) => {
          const { run, world } = begin(40);
          const keys = [...world.sides['az-a'].keys()];
          const at = (index: number): string => keys[index] ?? '';
          for (const index of lagging.filter((each) => !planted.includes(each))) {
            world.sides['az-a'].set(at(index), 'new');
            world.lag.push(() => world.sides['az-b'].set(at(index), 'new'));
          }
          for (const index of busy) world.busy.set(at(index), 5);
          for (const index of planted) world.sides['az-b'].set(at(index), 'planted');
          const { report } = await run();
          expect(report.differences.map(({ item }) => item).sort()).toEqual(
            planted.map((index) => `thing ${at(index)}`).sort(),
          );
          expect(report.unknown).toEqual([]);
        },
      ),
      { numRuns: 200, seed: 5 },
    );
  });
});

import type { Bug } from './bugs';
import { LEAST_FAULTS } from './faults';
import { createRandom, seedOf } from './random';
import type { SimReport } from './report';
import { reportOf } from './report';
import { runMany } from './run-many';
import { runSchedule } from './run-schedule';
import { createTimeline } from './timeline';

/** Many schedules on machines that are busy with other tests. */
jest.setTimeout(300_000);

const RUN_SEED = 1;
const SCHEDULES = 500;

/** Within how many schedules of the run each bug shows, with some to spare. */
const FOUND_WITHIN: readonly (readonly [Bug, number])[] = [
  ['degrade-without-commit', 10],
  ['eligible-on-displayed-sync', 10],
  ['phantom-acknowledged', 40],
  ['quorum-of-one', 60],
  ['admitted-with-the-promotion', 60],
  ['reconciler-absent', 60],
  ['rejoin-without-rewind', 80],
  ['cooldown-forgotten', 80],
];

describe('the simulator', () => {
  let report: SimReport;
  beforeAll(async () => {
    report = reportOf(RUN_SEED, await runMany({ schedules: SCHEDULES, runSeed: RUN_SEED }));
  });

  it(`plays ${SCHEDULES} schedules of faults, and every invariant holds`, () => {
    expect(report.failed).toEqual([]);
    expect(report).toMatchObject({ schedules: SCHEDULES, violations: 0, least_faults: LEAST_FAULTS });
    expect(report.counts).toMatchObject({ lost: 0, needless: 0 });
  });

  it('is not idle: writers move by themselves and by hand, standbys are given up and come back', () => {
    const { counts } = report;
    expect(counts.acknowledged).toBeGreaterThan(100_000);
    expect(Object.keys(counts.outcomes)).toEqual(
      expect.arrayContaining(['degrade completed', 'failover completed', 'rejoin completed']),
    );
    expect(Object.keys(counts.claims)).toEqual(
      expect.arrayContaining(['failover by witness', 'failover by human']),
    );
  });

  it.each(FOUND_WITHIN)('finds the bug %s within %i schedules', async (bug, schedules) => {
    const played = await runMany({ schedules, runSeed: RUN_SEED, bug, untilFound: true });
    const found = played.find(({ findings }) => findings.length > 0);
    expect(found).toBeDefined();
    const { findings } = await runSchedule(found?.seed ?? 0);
    expect(findings).toEqual([]);
  });

  it('replays a schedule from its seed, line by line', async () => {
    const seed = seedOf(RUN_SEED, 0);
    const [first, second] = [await runSchedule(seed), await runSchedule(seed)];
    expect(second.log).toEqual(first.log);
    expect(second.digest).toBe(first.digest);
    expect((await runSchedule(seedOf(RUN_SEED, 1))).digest).not.toBe(first.digest);
  });

  it('reports the same, however many workers there were', async () => {
    const reportBy = async (workers: number): Promise<string> =>
      JSON.stringify(reportOf(7, await runMany({ schedules: 9, runSeed: 7, workers })));
    expect(await reportBy(3)).toBe(await reportBy(1));
  });
});

describe('virtual time', () => {
  it('plays events by their instant, then in the order of planning, and promises before the next', async () => {
    const timeline = createTimeline();
    const seen: string[] = [];
    const later = async (name: string): Promise<void> => {
      for (let hop = 0; hop < 50; hop += 1) await Promise.resolve();
      seen.push(`${name} at ${timeline.nowMs()}`);
    };
    timeline.after(20, () => seen.push('third'));
    timeline.after(10, () => {
      void later('first');
      timeline.touched();
    });
    timeline.after(10, () => seen.push('second'));
    timeline.after(15, () => seen.push('cancelled')).cancel();
    await timeline.play(100, () => false);
    expect(seen).toEqual(['first at 10', 'second', 'third']);
    expect(timeline.nowMs()).toBe(20);
  });

  it('stops at its limit and goes on from there', async () => {
    const timeline = createTimeline();
    const seen: number[] = [];
    for (const ms of [30, 10, 20]) timeline.after(ms, () => seen.push(timeline.nowMs()));
    await timeline.play(20, () => false);
    expect(seen).toEqual([10, 20]);
    await timeline.play(100, () => false);
    expect(seen).toEqual([10, 20, 30]);
  });
});

describe('chance', () => {
  it('is the same from the same seed, and another from another', () => {
    const draw = (seed: number): readonly number[] => {
      const random = createRandom(seed);
      return Array.from({ length: 5 }, () => random.next());
    };
    expect(draw(42)).toEqual(draw(42));
    expect(draw(42)).not.toEqual(draw(43));
    expect(new Set(Array.from({ length: 20_000 }, (_, index) => seedOf(1, index))).size).toBe(20_000);
  });
});

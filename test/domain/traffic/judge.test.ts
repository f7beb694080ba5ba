import type { Sample, SeenStep } from '../../../lib/domain/traffic/judge';
import { judgeStep, NO_REQUESTS, onwardFrom, pooled, shortfall } from '../../../lib/domain/traffic/judge';
import type { ShiftPolicy } from '../../../lib/domain/traffic/shift-policy';

const policy: ShiftPolicy = {
  steps: [1, 5, 25, 50, 100],
  maxErrorPercent: 10,
  maxP99Ms: 500,
  maxUtilisationPercent: 80,
  minSamples: 20,
  dwellMs: 1_000,
  patienceMs: 5_000,
};

const sampleOf = (changes: Partial<Sample> = {}): Sample => ({
  requests: 100,
  errors: 0,
  p99Ms: 20,
  utilisationPercent: 30,
  ...changes,
});
const seen = (clients: Partial<Sample> | null, changes: Partial<SeenStep> = {}): SeenStep => ({
  clients: clients === null ? null : sampleOf(clients),
  own: NO_REQUESTS,
  waitedMs: 1_000,
  ...changes,
});
const judged = (clients: Partial<Sample> | null, changes: Partial<SeenStep> = {}) =>
  judgeStep(policy, seen(clients, changes));

describe('samples', () => {
  it('of clients and of Evac itself count together, the slower of the two', () => {
    const own = sampleOf({ requests: 4, errors: 1, p99Ms: 90, utilisationPercent: null });
    expect(pooled(sampleOf(), own)).toEqual({
      requests: 104,
      errors: 1,
      p99Ms: 90,
      utilisationPercent: 30,
    });
    expect(pooled(NO_REQUESTS, own).p99Ms).toBe(90);
    expect(pooled(own, NO_REQUESTS).p99Ms).toBe(90);
    expect(pooled(NO_REQUESTS, NO_REQUESTS).p99Ms).toBeNull();
  });
});

describe('a step', () => {
  it('is fine on enough good samples, for long enough; it says them', () => {
    expect(judged({ errors: 1 })).toEqual({
      verdict: 'fine',
      why: "100 requests (0 of them Evac's own), 1 % failed, p99 20 ms, 30 % of capacity",
    });
    expect(judged({ errors: 1 }, { waitedMs: 999 }).verdict).toBe('wait');
  });

  it('is fine on its own requests alone, when clients send none', () => {
    const own = sampleOf({ requests: 20, utilisationPercent: null, p99Ms: null });
    expect(judged(NO_REQUESTS, { own })).toEqual({
      verdict: 'fine',
      why: "20 requests (20 of them Evac's own), 0 % failed, p99 0 ms",
    });
  });

  it.each<[string, Partial<Sample>, string]>([
    ['more errors than may be', { errors: 11 }, '11 of 100 requests failed, at most 10 % may'],
    ['too slow', { p99Ms: 500.6 }, 'p99 is 501 ms, at most 500 ms may be'],
    [
      'not enough capacity',
      { utilisationPercent: 80.6 },
      '81 % of its capacity is in use, at most 80 % may be',
    ],
  ])('is breached: %s', (_what, sample, why) => {
    expect(judged(sample)).toEqual({ verdict: 'breached', why });
    expect(judged(sample, { waitedMs: 0 })).toEqual({ verdict: 'breached', why });
  });

  it('stands exactly at its limits', () => {
    expect(judged({ errors: 10, p99Ms: 500, utilisationPercent: 80 }).verdict).toBe('fine');
  });

  it('is breached by errors as soon as that is certain, by nothing else on too few samples', () => {
    const few = { requests: 5, errors: 3 };
    expect(judged(few, { waitedMs: 0 }).why).toBe('3 of 5 requests failed, at most 10 % may');
    expect(judged({ requests: 5, errors: 2, p99Ms: 900 }, { waitedMs: 0 })).toEqual({
      verdict: 'wait',
      why: '5 of the 20 samples that it takes',
    });
  });

  it.each<[string, Partial<Sample> | null, string]>([
    ['too few samples', { requests: 19 }, '19 of the 20 samples that it takes'],
    ['samples that cannot be read', null, 'its samples cannot be read'],
    [
      'no word of its capacity',
      { utilisationPercent: null },
      'how much of its capacity is in use is not known',
    ],
  ])('waits for what is missing, and is unknown when its time is over: %s', (_what, sample, why) => {
    expect(judged(sample, { waitedMs: 4_999 })).toEqual({ verdict: 'wait', why });
    expect(judged(sample, { waitedMs: 5_000 })).toEqual({
      verdict: 'unknown',
      why: `${why}, after 5000 ms`,
    });
  });

  it('is breached by its own requests when the samples cannot be read', () => {
    const own = sampleOf({ requests: 4, errors: 4, p99Ms: null });
    expect(judged(null, { own, waitedMs: 0 }).verdict).toBe('breached');
  });
});

describe('how many requests Evac has to make itself', () => {
  it.each<[string, SeenStep, number]>([
    ['none before the step has lasted', seen({ requests: 0 }, { waitedMs: 999 }), 0],
    ['what clients left open', seen({ requests: 5 }), 15],
    ['less what it made already', seen({ requests: 5 }, { own: sampleOf({ requests: 3 }) }), 12],
    ['all, when the clients’ cannot be read', seen(null), 20],
    ['none when there are enough', seen({}), 0],
  ])('%s', (_what, step, count) => expect(shortfall(policy, step)).toBe(count));
});

describe('what follows', () => {
  it.each([
    ['fine', 'ok', 'onward'],
    ['fine', 'unknown', 'onward'],
    ['wait', 'ok', 'wait'],
    ['wait', 'unknown', 'wait'],
    ['breached', 'ok', 'back'],
    ['unknown', 'ok', 'back'],
    ['breached', 'unknown', 'hold'],
    ['unknown', 'unknown', 'hold'],
    ['fine', 'failed', 'forward'],
    ['wait', 'failed', 'forward'],
    ['breached', 'failed', 'forward'],
    ['unknown', 'failed', 'forward'],
  ] as const)('%s, and the old zone is %s: %s', (verdict, source, onward) => {
    expect(onwardFrom(verdict, source)).toBe(onward);
  });
});

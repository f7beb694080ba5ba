import type { Timing } from '../../../lib/domain/health/round-times';
import {
  ASK_LIMIT_MS,
  askNeedsMs,
  askTimeoutMs,
  waitForLoopMs,
  waitForRoundsMs,
} from '../../../lib/domain/health/round-times';
import { POLICY } from '../decision/world';

const timing = (changes: Partial<Timing> = {}): Timing => ({ ...POLICY, ...changes });

describe('how long rounds of living loops are awaited', () => {
  it('is three rounds with a probe each, at most five seconds', () => {
    expect(waitForRoundsMs(timing({ checkIntervalMs: 200, probeTimeoutMs: 150 }))).toBe(1_050);
    expect(waitForRoundsMs(timing({ checkIntervalMs: 30_000 }))).toBe(5_000);
  });
});

describe('how long a witness that is asked waits for its own loop', () => {
  it.each<[string, Partial<Timing>, number]>([
    ['its slowest round: the interval, and a burst', { checkIntervalMs: 200, probeTimeoutMs: 150 }, 370],
    [
      'its slowest round: the time-out where that is longer',
      { checkIntervalMs: 100, probeTimeoutMs: 150 },
      320,
    ],
    ['no longer than a round is fresh', { staleAfterMs: 300 }, 300],
    ['no longer than a loop may take', { checkIntervalMs: 30_000, staleAfterMs: 90_000 }, 2_500],
  ])('%s', (_what, changes, ms) => {
    expect(waitForLoopMs(timing(changes))).toBe(ms);
  });
});

describe('how long a witness may take to answer', () => {
  it('is a start, the wait for its loop, a threshold of time-outs and a burst', () => {
    // 1000 + 370 + 3 × 150 + (2 × 10 + 150)
    expect(askNeedsMs(timing())).toBe(1_990);
    expect(askTimeoutMs(timing())).toBe(1_990);
  });
  it('is never more than the asker has', () => {
    const slow = timing({ probeTimeoutMs: 10_000, staleAfterMs: 90_000 });
    expect(askNeedsMs(slow)).toBeGreaterThan(ASK_LIMIT_MS);
    expect(askTimeoutMs(slow)).toBe(ASK_LIMIT_MS);
  });
});

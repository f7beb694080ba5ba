import fc from 'fast-check';
import { createStoreClock } from '../../lib/state/store-clock';

describe("the store's clock", () => {
  it('knows nothing before the first answer, nor from an answer without a date', () => {
    const clock = createStoreClock(() => 5);
    expect(clock.nowMs()).toBeNull();
    clock.heard(undefined);
    clock.heard('yesterday');
    expect(clock.nowMs()).toBeNull();
  });

  it('goes on with the local monotonic clock', () => {
    let monotonic = 100;
    const clock = createStoreClock(() => monotonic);
    clock.heard('Mon, 23 Nov 2026 16:00:00 GMT');
    monotonic += 250.5;
    expect(clock.nowMs()).toBe(Date.parse('2026-11-23T16:00:00Z') + 250);
  });

  it('never runs ahead of the store nor backwards, and is within 1 s and the way back', () => {
    const answers = fc.array(fc.record({ pause: fc.nat(3000), wayBack: fc.nat(500) }), { minLength: 1 });
    fc.assert(
      fc.property(answers, fc.nat(), (given, start) => {
        let trueMs = 1_700_000_000_000 + start;
        let last = 0;
        const clock = createStoreClock(() => trueMs - 1_600_000_000_000);
        for (const { pause, wayBack } of given) {
          trueMs += pause;
          const sent = new Date(trueMs).toUTCString();
          trueMs += wayBack;
          clock.heard(sent);
          const now = clock.nowMs() ?? 0;
          expect(now).toBeLessThanOrEqual(trueMs);
          expect(now).toBeGreaterThan(trueMs - 1000 - wayBack);
          expect(now).toBeGreaterThanOrEqual(last);
          last = now;
        }
      }),
    );
  });
});

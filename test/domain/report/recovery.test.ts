import fc from 'fast-check';
import type { LedgerEvent } from '../../../lib/domain/report/ledger-event';
import { foldOrders, ledgerEndMs } from '../../../lib/domain/report/ledger-event';
import type { Observation, RecoveryCriterion } from '../../../lib/domain/report/recovery';
import { recoveredAtMs, writeGapMs } from '../../../lib/domain/report/recovery';
import type { Plan } from './ledger-builder';
import { ledgerOf } from './ledger-builder';

const CRITERION: RecoveryCriterion = { staysGoodMs: 50, minimumOrders: 3, attemptDeadlineMs: 20 };
const FAULT_MS = 100;
const UNTIL_MS = 260;

const observe = (events: readonly LedgerEvent[], criterion = CRITERION): Observation => ({
  orders: foldOrders(events),
  faultAtMs: FAULT_MS,
  observedUntilMs: UNTIL_MS,
  ledgerEndMs: ledgerEndMs(events),
  criterion,
});

/** The definition, read word for word and with no cleverness: every ack is tried against every order. */
const naiveRecovery = (events: readonly LedgerEvent[], c: RecoveryCriterion): number | null => {
  const starts = events.filter((e) => e.t === 'start');
  const end = Math.max(...events.map((e) => e.atMs));
  const firstAttemptOf = (id: string): 'good' | 'bad' | 'undecided' => {
    const mine = events.filter((e) => e.id === id);
    if (mine.some((e) => e.t === 'attempt-failed' || e.t === 'fail')) return 'bad';
    if (mine.some((e) => e.t === 'ack')) return 'good';
    return end - (mine[0]?.startedAtMs ?? end) >= c.attemptDeadlineMs ? 'bad' : 'undecided';
  };
  for (let t = FAULT_MS; t + c.staysGoodMs <= UNTIL_MS; t += 1) {
    const isAck = events.some((e) => e.t === 'ack' && e.atMs === t);
    const after = starts.filter((e) => e.startedAtMs >= t && e.startedAtMs < t + c.staysGoodMs);
    const verdicts = after.map((e) => firstAttemptOf(e.id)).filter((v) => v !== 'undecided');
    if (isAck && verdicts.every((v) => v === 'good') && verdicts.length >= c.minimumOrders) return t;
  }
  return null;
};

const naiveGap = (events: readonly LedgerEvent[], untilMs: number): number | null => {
  const acks = events.filter((e) => e.t === 'ack' && e.atMs <= untilMs).map((e) => e.atMs);
  const before = acks.filter((at) => at < FAULT_MS);
  const after = acks.filter((at) => at >= FAULT_MS).sort((a, b) => a - b);
  if (before.length === 0 || after.length === 0) return null;
  let worst = 0;
  let last = Math.max(...before);
  for (const at of after) {
    worst = Math.max(worst, at - last);
    last = at;
  }
  return worst;
};

const plan: fc.Arbitrary<Plan> = fc.record({
  startedAtMs: fc.integer({ min: 0, max: 300 }),
  failuresMs: fc.oneof(
    { weight: 6, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 2 }) },
  ),
  ackAfterMs: fc.oneof(
    { weight: 12, arbitrary: fc.integer({ min: 1, max: 30 }) },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
});
/** Mostly dense ledgers with few failures: on sparse ones both sides would only ever say "not shown". */
const plans = fc.array(plan, { minLength: 1, maxLength: 80 });

describe('recoveredAtMs', () => {
  it('agrees with the definition read word for word', () => {
    let recovered = 0;
    fc.assert(
      fc.property(plans, (some) => {
        const events = ledgerOf(some);
        const expected = naiveRecovery(events, CRITERION);
        recovered += expected === null ? 0 : 1;
        expect(recoveredAtMs(observe(events))).toBe(expected);
      }),
      { numRuns: 400 },
    );
    expect(recovered).toBeGreaterThan(5);
  });

  const steady = (from: number, to: number): readonly Plan[] =>
    Array.from({ length: Math.max(0, (to - from) / 5) }, (_, i) => ({
      startedAtMs: from + i * 5,
      ackAfterMs: 1,
    }));
  const failing = (at: number): Plan => ({ startedAtMs: at, failuresMs: [15], ackAfterMs: 40 });

  it('does not take a reply that was in flight at the fault for the recovery', () => {
    const inFlight = { startedAtMs: 99, ackAfterMs: 2 };
    const events = ledgerOf([...steady(0, 95), inFlight, failing(105), failing(110), ...steady(150, 300)]);
    expect(recoveredAtMs(observe(events))).toBe(145); // the retry of the order of 105, from which all starts are good
  });

  it('does not count a path as good again when it fails once more within the time', () => {
    const events = ledgerOf([
      ...steady(0, 100),
      failing(105),
      ...steady(150, 180),
      failing(181),
      ...steady(185, 300),
    ]);
    expect(recoveredAtMs(observe(events))).toBe(186);
  });

  it('is not shown by a load that stopped, nor by too short an observation', () => {
    expect(recoveredAtMs(observe(ledgerOf([...steady(0, 100), ...steady(110, 120)])))).toBeNull();
    expect(recoveredAtMs(observe(ledgerOf(steady(0, 300)), { ...CRITERION, staysGoodMs: 170 }))).toBeNull();
  });

  it('counts an order without any answer as bad once its deadline is over, and not before', () => {
    const silent = { startedAtMs: 150, ackAfterMs: null };
    const early = { startedAtMs: 258, ackAfterMs: null };
    expect(recoveredAtMs(observe(ledgerOf([...steady(0, 300), silent])))).toBe(151);
    const endsSoon = ledgerOf([...steady(0, 265), early]);
    expect(recoveredAtMs(observe(endsSoon))).toBe(101);
  });
});

describe('writeGapMs', () => {
  it('agrees with the definition read word for word', () => {
    fc.assert(
      fc.property(plans, fc.integer({ min: 0, max: 330 }), (some, untilMs) => {
        const events = ledgerOf(some);
        expect(writeGapMs(observe(events), untilMs)).toBe(naiveGap(events, untilMs));
      }),
    );
  });
});

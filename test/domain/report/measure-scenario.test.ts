import { measureScenario } from '../../../lib/domain/report/measure-scenario';
import { FAULT_AT_MS, RECOVERY_MS, inputFor, ledgerOf, outage } from './ledger-builder';

const EVENTS = ledgerOf(outage());

describe('measureScenario', () => {
  it('measures a zone loss from the ledger', () => {
    const scenario = measureScenario(inputFor(EVENTS));
    expect(scenario).toMatchObject({
      passed: true,
      why: null,
      lost: 0,
      rpo_seconds: 0,
      given_up: 0,
      late_lapses: 0,
    });
    expect(scenario.rto_seconds).toBeCloseTo(RECOVERY_MS / 1000, 1);
    expect(scenario.write_gap_seconds).toBeGreaterThan(0.4);
    expect(scenario.acknowledged_before).toBe(2000);
    expect(scenario.acknowledged).toBe(scenario.acknowledged_before + scenario.acknowledged_after);
    expect(scenario.availability_percent).toBeCloseTo((1 - 90 / 2901) * 100, 1);
  });

  it('tells the phases in order, keeps what was not measured null and charges no time twice', () => {
    const { phases, rto_seconds: rto } = measureScenario(inputFor(EVENTS));
    expect(phases.map(({ name }) => name)).toEqual([
      'fault',
      'detected',
      'decided',
      'fenced',
      'promoted',
      'traffic',
      'first good write',
    ]);
    expect(phases[0]).toEqual({ name: 'fault', at_seconds: 0, took_seconds: 0 });
    expect(phases[3]).toEqual({ name: 'fenced', at_seconds: null, took_seconds: null });
    expect(phases[4]).toEqual({ name: 'promoted', at_seconds: 0.5, took_seconds: 0.18 });
    expect(phases[5]).toEqual({ name: 'traffic', at_seconds: 0.48, took_seconds: 0 });
    expect(phases[6]?.at_seconds).toBe(rto);
    const total = phases.reduce((sum, phase) => sum + (phase.took_seconds ?? 0), 0);
    expect(total).toBeCloseTo(rto ?? -1, 3);
  });

  it('finds a lost order, names it, and its age is the RPO', () => {
    const survivors = new Set(EVENTS.filter((e) => e.t === 'ack').map((e) => e.id));
    survivors.delete('o1900'); // acknowledged at 19,005 ms
    const scenario = measureScenario(inputFor(EVENTS, { survivors: { ids: survivors, readAtMs: 40_000 } }));
    expect(scenario).toMatchObject({ lost: 1, lost_ids: ['o1900'], rpo_seconds: 0.995, passed: false });
    expect(scenario.why).toContain('1 acknowledged orders are missing, the first o1900');
    expect(scenario.stores).toEqual([]);
  });

  it('says of each store what it lacks by itself', () => {
    const all = new Set(EVENTS.filter((e) => e.t === 'ack').map((e) => e.id));
    const without = new Set([...all].filter((id) => id !== 'o1900'));
    const { stores } = measureScenario(
      inputFor(EVENTS, {
        survivorsByStore: {
          postgres: { ids: all, readAtMs: 40_000 },
          redis: { ids: without, readAtMs: 40_000 },
        },
      }),
    );
    expect(stores).toEqual([
      { store: 'postgres', lost: 0, rpo_seconds: 0 },
      { store: 'redis', lost: 1, rpo_seconds: 0.995 },
    ]);
  });

  it('says of a store that acknowledges alone what it may lose, and fails when it lost more', () => {
    const all = new Set(EVENTS.filter((e) => e.t === 'ack').map((e) => e.id));
    const without = new Set([...all].filter((id) => id !== 'o1900'));
    const measured = (limit: number) =>
      measureScenario(
        inputFor(EVENTS, {
          survivors: { ids: all, readAtMs: 40_000 },
          survivorsByStore: { objects: { ids: without, readAtMs: 40_000 } },
          lossLimits: { objects: limit },
        }),
      );
    expect(measured(0.995)).toMatchObject({
      passed: true,
      lost: 0,
      stores: [{ store: 'objects', lost: 1, rpo_seconds: 0.995, limit_seconds: 0.995 }],
    });
    expect(measured(0.9)).toMatchObject({
      passed: false,
      why: 'objects: of 1 missing orders the oldest is 0.995 s old, its objective is 0.9 s',
    });
  });

  it.each([
    [
      'no survivors read',
      { survivors: null },
      'RPO was not measured; the surviving database was not compared',
    ],
    ['nobody counted failovers', { needlessFailovers: null }, 'needless failovers were not counted'],
    ['a needless failover', { needlessFailovers: 2 }, '2 needless failovers'],
    ['too few before', { fromMs: 15_000 }, 'only 500 orders acknowledged before the fault, 1000 needed'],
    ['observation too short', { observedUntilMs: FAULT_AT_MS + 500 }, 'RTO was not measured; only'],
    ['too slow', { objectives: { rto_seconds: 0.5, rpo_seconds: 60 } }, 'exceeds the objective of 0.5 s'],
    [
      'a problem beside the figures',
      { problems: ['az-a did not rejoin within 60 s'] },
      'az-a did not rejoin',
    ],
  ])('does not pass with %s, and says why', (_, over, why) => {
    const scenario = measureScenario(inputFor(EVENTS, over));
    expect(scenario.passed).toBe(false);
    expect(scenario.why).toContain(why);
  });

  it('has null, never 0, for what was not measured', () => {
    const scenario = measureScenario(inputFor([], { survivors: null, needlessFailovers: null, phases: {} }));
    expect(scenario).toMatchObject({
      rto_seconds: null,
      rpo_seconds: null,
      lost: null,
      needless_failovers: null,
      write_gap_seconds: null,
      availability_percent: null,
      late_lapses: null,
    });
    expect(scenario.phases.slice(1).every(({ at_seconds }) => at_seconds === null)).toBe(true);
  });

  it('does not call it recovered for good when it lapses again later', () => {
    const relapse = outage().map((plan) =>
      plan.startedAtMs >= 26_000 && plan.startedAtMs < 26_500
        ? { ...plan, failuresMs: [400], ackAfterMs: 700 }
        : plan,
    );
    const scenario = measureScenario(inputFor(ledgerOf(relapse)));
    expect(scenario).toMatchObject({ late_lapses: 50, passed: false });
    expect(scenario.rto_seconds).toBeLessThan(1);
    expect(scenario.why).toContain('50 orders failed at first after the recovery');
  });

  it('counts the orders on which the client gave up', () => {
    const givingUp = ledgerOf([
      ...outage(),
      { startedAtMs: FAULT_AT_MS + 1, failuresMs: [400], ackAfterMs: null, gaveUpAfterMs: 2_000 },
    ]);
    expect(measureScenario(inputFor(givingUp)).given_up).toBe(1);
  });
});

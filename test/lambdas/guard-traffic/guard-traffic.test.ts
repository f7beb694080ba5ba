import type { GuardInput } from '../../../lambdas/guard-traffic/guard-traffic';
import { guardTraffic } from '../../../lambdas/guard-traffic/guard-traffic';
import { toRef } from '../../../lambdas/shared/adopt';
import type { TrafficGuarded } from '../../../lib/contract/payload';
import type { ProbeResult } from '../../../lib/domain/observation';
import type { Sample } from '../../../lib/domain/traffic/judge';
import type { ShiftPolicy } from '../../../lib/domain/traffic/shift-policy';
import { FAILED, OK, UNKNOWN } from '../../domain/decision/world';
import { LADDER } from '../ladder';
import type { World } from '../ports';
import { createWorld, operationAt, rejectionOf } from '../ports';
import { deliver } from '../run-step';

const worldWith = (progressive: ShiftPolicy = LADDER): Promise<World> =>
  createWorld({
    progressive,
    seat: {
      epoch: 8,
      writer: 'az-b',
      eligible: null,
      operation: operationAt(8, { phase: 'admitted', mode: 'planned' }),
    },
  });

const good: Sample = { requests: 50, errors: 0, p99Ms: 20, utilisationPercent: 10 };

/** What the clients' requests since each mark are like; the marks are counted. */
const samplesAre = ({ ports }: World, since: (mark: string) => Sample | null) => {
  const marks: string[] = [];
  Object.assign(ports.samples, {
    mark: async () => {
      marks.push(`mark-${marks.length + 1}`);
      return marks.at(-1) ?? null;
    },
    since: async (_zone: string, mark: string) => since(mark),
  });
  return marks;
};

const apiIs = ({ ports }: World, answers: Readonly<Record<string, () => ProbeResult>>): void =>
  void Object.assign(ports.api, { probe: async (zone: string) => (answers[zone] ?? (() => OK))() });

const guard = (world: World, share = 5, before: GuardInput['before'] = {}): Promise<TrafficGuarded> => {
  const shifted = { weights: {}, share, guard: 'yes' } as const;
  const input = { operation: toRef(operationAt(8)), shifted, before };
  return deliver(guardTraffic(input), world) as unknown as Promise<TrafficGuarded>;
};

describe('guard-traffic goes on', () => {
  it('a step further, on good samples since its mark, after the time that the step has to last', async () => {
    const world = await worldWith({ ...LADDER, dwellMs: 500 });
    samplesAre(world, (mark) => (mark === 'mark-1' ? good : null));
    expect(await guard(world)).toMatchObject({ share: 5, next: 'shift', mark: 'mark-1' });
    expect(world.clock.monotonicMs()).toBeGreaterThanOrEqual(500);
  });

  it('to the end after the last step', async () => {
    const world = await worldWith({ ...LADDER, dwellMs: 0 });
    samplesAre(world, () => good);
    expect(await guard(world, 100)).toMatchObject({ share: 100, next: 'done' });
  });

  it('on its own requests where clients send none', async () => {
    const world = await worldWith({ ...LADDER, dwellMs: 0 });
    const { next, why } = await guard(world);
    expect(next).toBe('shift');
    expect(why).toMatch(/^10 requests \(10 of them Evac's own\), 0 % failed/);
  });

  it('not for ever: its own requests end with their time', async () => {
    const world = await worldWith({ ...LADDER, dwellMs: 0, minSamples: 1_000 });
    const { probe } = world.ports.api;
    const slow = async (zone: string): Promise<ProbeResult> => {
      await world.clock.sleep(400);
      return probe(zone, 1);
    };
    Object.assign(world.ports.api, { probe: slow });
    expect(await guard(world)).toMatchObject({ next: 'wait' });
    expect(world.clock.monotonicMs()).toBeLessThan(50_000);
  });

  it('at once, all the way, out of a zone that is gone', async () => {
    const world = await worldWith();
    apiIs(world, { 'az-a': () => FAILED });
    expect(await guard(world)).toMatchObject({ next: 'forward' });
  });

  it('is done where no steps are asked for', async () => {
    const world = await createWorld({
      seat: { epoch: 8, writer: 'az-b', eligible: null, operation: operationAt(8, { phase: 'admitted' }) },
    });
    expect(await guard(world)).toMatchObject({ next: 'done' });
  });

  it('but is not sure that it is gone when it was late itself', async () => {
    const world = await worldWith({ ...LADDER, dwellMs: 0 });
    samplesAre(world, () => good);
    apiIs(world, { 'az-a': () => FAILED });
    world.clock.stallMs = world.topology.policy.probeTimeoutMs;
    expect(await guard(world)).toMatchObject({ next: 'shift' });
  });

  it('and is progress each time', async () => {
    const world = await worldWith({ ...LADDER, dwellMs: 0 });
    samplesAre(world, () => good);
    await guard(world);
    expect((await world.seatNow()).operation?.progress).toBe(1);
  });
});

describe('guard-traffic waits', () => {
  it('for the step’s time, a part of it now and the rest in the state machine', async () => {
    const world = await worldWith({ ...LADDER, dwellMs: 60_000, patienceMs: 300_000 });
    samplesAre(world, () => good);
    const first = await guard(world);
    expect(first).toMatchObject({ next: 'wait', mark: 'mark-1' });
    expect(first.waitSeconds).toBe(Math.ceil(world.topology.policy.stepDeadlineMs / 3_000));
  });

  it('and goes on from the same mark and the time waited', async () => {
    const world = await worldWith();
    const marks = samplesAre(world, (mark) => (mark === 'mark-1' ? good : null));
    const first = await guard(world);
    expect(first).toMatchObject({ next: 'wait', waitSeconds: 2 });
    const again = await guard(world, 5, { ...first, waitedMs: first.waitedMs + 2_000 });
    expect(again).toMatchObject({ next: 'shift', mark: 'mark-1' });
    expect(marks).toEqual(['mark-1']);
  });

  it('but from a new mark at the next step: what came before it is no word of it', async () => {
    const world = await worldWith({ ...LADDER, dwellMs: 0 });
    const marks = samplesAre(world, (mark) => (mark === 'mark-2' ? good : { ...good, errors: 50 }));
    marks.push('mark-1');
    const before = { share: 5, next: 'wait', mark: 'mark-1', waitedMs: 9_000 } as const;
    expect(await guard(world, 25, before)).toMatchObject({ next: 'shift', mark: 'mark-2' });
  });

  it('for a mark, when there was none at first', async () => {
    const world = await worldWith({ ...LADDER, dwellMs: 0 });
    samplesAre(world, () => good);
    const { mark } = world.ports.samples;
    let asked = 0;
    Object.assign(world.ports.samples, {
      mark: async () => ((asked += 1) > 1 ? mark('az-b', 1) : null),
    });
    const before = { share: 5, next: 'wait' } as const;
    expect(await guard(world, 5, before)).toMatchObject({ next: 'shift', mark: 'mark-1' });
    expect(asked).toBe(2);
  });

  it('when one probe of the old zone is lost: that is not gone', async () => {
    const world = await worldWith({ ...LADDER, dwellMs: 0 });
    samplesAre(world, () => good);
    let lost = 1;
    apiIs(world, { 'az-a': () => ((lost -= 1) >= 0 ? FAILED : OK) });
    expect(await guard(world)).toMatchObject({ next: 'shift' });
  });
});

describe('guard-traffic says no', () => {
  const breachOf = async (world: World, share = 25, before: GuardInput['before'] = {}) => {
    const { name, message } = await rejectionOf(guard(world, share, before));
    expect(name).toBe('GuardBreached');
    const { operation } = await world.seatNow();
    expect(operation?.breach?.reason).toBe(message);
    return operation?.breach;
  };

  it.each<[string, Partial<Sample>, string]>([
    ['clients’ requests fail', { errors: 20 }, '20 of 51 requests failed, at most 10 % may'],
    ['they are slow', { p99Ms: 900 }, 'p99 is 900 ms, at most 500 ms may be'],
    ['there is no room for more', { utilisationPercent: 95 }, '95 % of its capacity is in use'],
  ])('when %s, and the seat has it on record first', async (_what, sample, why) => {
    const world = await worldWith();
    samplesAre(world, () => ({ ...good, ...sample }));
    const breach = await breachOf(world);
    expect(breach?.traffic).toBe('back');
    expect(breach?.reason).toContain(`traffic at 25 % in az-b: ${why}`);
    expect(breach?.reason).toMatch(/; it goes back to az-a$/);
    expect(await world.ports.traffic.current(1)).toEqual({ 'az-a': 100, 'az-b': 0 });
  });

  it('when its own requests fail and the samples cannot be read', async () => {
    const world = await worldWith();
    samplesAre(world, () => null);
    apiIs(world, { 'az-b': () => FAILED });
    expect((await breachOf(world))?.reason).toMatch(/requests failed, at most 10 % may; it goes back/);
  });

  it.each<[string, () => Sample | null, RegExp]>([
    ['samples that cannot be read', () => null, /its samples cannot be read, after \d+ ms; it goes back/],
    [
      'capacity that nobody knows',
      () => ({ ...good, utilisationPercent: null }),
      /capacity is in use is not known, after/,
    ],
  ])('when its time is over on %s: unknown is never fine', async (_what, since, why) => {
    const world = await worldWith();
    samplesAre(world, since);
    const before = { share: 25, next: 'wait', mark: 'mark-0', waitedMs: 19_999 } as const;
    expect((await breachOf(world, 25, before))?.reason).toMatch(why);
  });

  it('when there are too few, since nobody answers it either', async () => {
    const world = await worldWith();
    apiIs(world, { 'az-b': () => UNKNOWN });
    const before = { share: 25, next: 'wait', mark: 'none', waitedMs: 19_999 } as const;
    expect((await breachOf(world, 25, before))?.reason).toMatch(/0 of the 10 samples that it takes, after/);
  });

  it('and lets the weights be when nobody knows whether the old zone is well', async () => {
    const world = await worldWith();
    samplesAre(world, () => ({ ...good, errors: 20 }));
    apiIs(world, { 'az-a': () => UNKNOWN });
    const breach = await breachOf(world);
    expect(breach).toMatchObject({ traffic: 'hold' });
    expect(breach?.reason).toMatch(/it stays as it is, since whether az-a is well is not known$/);
  });

  it('also when another delivery of it was faster with its progress: a breach is never lost', async () => {
    const world = await worldWith();
    samplesAre(world, () => ({ ...good, errors: 20 }));
    const { apply } = world.ports.store;
    jest.spyOn(world.ports.store, 'apply').mockImplementation(async (event) => {
      const isFirst = event.type === 'breach' && event.seen.progress === 1;
      if (isFirst) {
        const ways = { from: ['admitted'], to: 'admitted' } as const;
        await apply({ type: 'advance', epoch: 8, ...ways, seen: event.seen, nowMs: event.nowMs });
      }
      return apply(event);
    });
    expect((await breachOf(world))?.traffic).toBe('back');
  });

  it('and nothing for an operation that is gone', async () => {
    const world = await worldWith();
    const other = operationAt(9, { phase: 'admitted' });
    world.items.set('seat', { ...world.items.get('seat'), epoch: 9, operation: other });
    expect((await rejectionOf(guard(world))).name).toBe('StaleEpoch');
  });
});

import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { errorNames } from '../../../lambdas/shared/error-names';
import { keepWarmPing } from '../../../lambdas/shared/keep-warm-ping';
import { createLog } from '../../../lambdas/shared/log';
import { pollUntil } from '../../../lambdas/shared/poll';
import { createSystemClock } from '../../../lambdas/shared/system-clock';
import { warmState, warmStores, warmStoresAndTraffic, warmTraffic } from '../../../lambdas/shared/warm';
import { WARM_UP_EVENT } from '../../../lib/contract/payload';
import { StaleEpoch, Unreachable } from '../../../lib/domain/errors';
import { createVirtualClock, createWorld, rejectionOf } from '../ports';

const context = { getRemainingTimeInMillis: () => 1_000 } as Context;

const createLines = () => {
  const texts: string[] = [];
  const log = createLog((text) => void texts.push(text));
  return { log, lines: () => texts.map((text) => JSON.parse(text) as Record<string, unknown>) };
};

describe('the keep-warm ping', () => {
  const answering = (warm: () => Promise<unknown>) => {
    const { log, lines } = createLines();
    const logic = jest.fn(async (event: unknown) => ({ did: event }));
    const handler = middy<unknown, unknown>().use(keepWarmPing(warm, log)).handler(logic);
    return { call: (event: unknown) => handler(event, context) as Promise<unknown>, logic, lines };
  };

  it('is answered when everything is warm, before the logic', async () => {
    const warm = jest.fn(async () => undefined);
    const { call, logic } = answering(warm);
    expect(await call(WARM_UP_EVENT)).toEqual({ warm: true });
    expect(warm).toHaveBeenCalledTimes(1);
    expect(logic).not.toHaveBeenCalled();
  });

  it('is answered also when something could not be warmed, and that is logged', async () => {
    const { call, lines } = answering(() => Promise.reject(new Unreachable('no table')));
    expect(await call(WARM_UP_EVENT)).toEqual({ warm: true });
    expect(lines()).toMatchObject([{ level: 'WARN', cause: 'Unreachable: no table' }]);
  });

  it.each([[{ source: 'aws.events' }], [null], ['evac.keep-warm'], [{}]])('is not %j', async (event) => {
    const { call } = answering(async () => undefined);
    expect(await call(event)).toEqual({ did: event });
  });
});

describe('the errors of a handler', () => {
  it.each([
    [
      new StaleEpoch('too late', { cause: new Unreachable('first', { cause: new Error('socket') }) }),
      { name: 'StaleEpoch', message: 'too late', causes: ['Unreachable: first', 'Error: socket'] },
    ],
    [new Error('plain'), { name: 'Error', message: 'plain', causes: [] }],
  ])('are logged with their causes, and keep their name: %s', async (error, line) => {
    const { log, lines } = createLines();
    const handler = middy<unknown, unknown>()
      .use(errorNames(log))
      .handler(() => Promise.reject(error));
    expect(await rejectionOf(handler({}, context) as Promise<unknown>)).toBe(error);
    expect(lines()).toMatchObject([{ level: 'WARN', name: line.name, causes: line.causes }]);
  });

  it('that are no errors pass', async () => {
    const { log, lines } = createLines();
    const handler = middy<unknown, unknown>()
      .use(errorNames(log))
      .handler(() => Promise.reject('a text'));
    await expect(handler({}, context)).rejects.toBe('a text');
    expect(lines()).toEqual([]);
  });
});

describe('the log', () => {
  it('writes one JSON object a line', () => {
    const { log, lines } = createLines();
    log.info('begun');
    log.warn('odd', { code: 'x' });
    expect(lines()).toEqual([
      { level: 'INFO', message: 'begun' },
      { level: 'WARN', message: 'odd', code: 'x' },
    ]);
  });
});

describe('polling', () => {
  const pace = { deadlineMs: 100, everyMs: 30 };

  it('asks at once and stops at the first answer', async () => {
    const clock = createVirtualClock();
    expect(await pollUntil(clock, pace, async () => 'now')).toBe('now');
    expect(clock.monotonicMs()).toBe(0);
  });

  it('takes any answer but undefined, also an empty one', async () => {
    expect(await pollUntil(createVirtualClock(), pace, async () => 0)).toBe(0);
  });

  it('asks a last time after the deadline, then says undefined', async () => {
    const clock = createVirtualClock();
    const asked: number[] = [];
    const ask = async () => void asked.push(clock.monotonicMs());
    expect(await pollUntil(clock, pace, ask)).toBeUndefined();
    expect(asked).toEqual([0, 30, 60, 90, 120]);
  });
});

describe('warming', () => {
  it.each([
    ['the state table', warmState, 0, 0],
    ['the stores', warmStores, 2, 0],
    ['the traffic', warmTraffic, 0, 1],
    ['stores and traffic', warmStoresAndTraffic, 2, 1],
  ])('opens %s by reading', async (...[, warm, stores, traffic]) => {
    const { ports } = await createWorld();
    const seat = jest.spyOn(ports.store, 'readSeat');
    const probes = [jest.spyOn(ports.postgres, 'probe'), jest.spyOn(ports.api, 'probe')];
    const current = jest.spyOn(ports.traffic, 'current');
    await warm(ports);
    expect(seat).toHaveBeenCalled();
    expect(probes.map(({ mock }) => mock.calls.length)).toEqual([stores, stores]);
    expect(current).toHaveBeenCalledTimes(traffic);
  });
});

describe("the process's own clock", () => {
  it('sleeps, and never goes back', async () => {
    const clock = createSystemClock();
    const before = clock.monotonicMs();
    await clock.sleep(5);
    expect(clock.monotonicMs()).toBeGreaterThan(before);
  });

  /** Blocks this thread without using a core. */
  const stall = (ms: number): void =>
    void Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, ms);

  it.each([
    ['right after it was looked at', 0],
    ['some ticks later', 35],
  ])('sees a stall that begins %s', async (_what, laterMs) => {
    const clock = createSystemClock();
    await clock.sleep(30);
    clock.worstLatenessMs();
    if (laterMs > 0) await clock.sleep(laterMs);
    stall(120);
    await clock.sleep(1);
    expect(clock.worstLatenessMs()).toBeGreaterThan(100);
  });

  it('sees one that has not ended yet, and tells it once', async () => {
    const clock = createSystemClock();
    clock.worstLatenessMs();
    stall(2_000);
    expect(clock.worstLatenessMs()).toBeGreaterThan(1_900);
    await clock.sleep(1);
    expect(clock.worstLatenessMs()).toBeLessThan(1_900);
  });
});

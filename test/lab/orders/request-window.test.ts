import { createRequestWindow } from '../../../lib/lab/orders/request-window';

const windowAt = (capacity = 10) => {
  let nowMs = 0;
  const window = createRequestWindow({ capacity, nowMs: () => nowMs });
  return {
    window,
    advance: (ms: number) => (nowMs += ms),
    /** A whole request of so many ms. */
    request: (tookMs: number, isGood = true) => {
      const end = window.begin();
      nowMs += tookMs;
      end(isGood);
    },
  };
};

describe('the requests of an API', () => {
  it('count since a mark: how many, how many failed, how slow the slowest 1 % were, how busy it was', () => {
    const { window, request } = windowAt();
    request(900, false);
    const mark = window.mark();
    for (let count = 0; count < 98; count += 1) request(10);
    request(40, false);
    request(70);
    expect(window.since(mark)).toEqual({ requests: 100, errors: 1, p99Ms: 40, utilisationPercent: 10 });
  });

  it('that began before the mark do not count, also when they end after it', () => {
    const { window, advance } = windowAt();
    const early = window.begin();
    const mark = window.mark();
    const later = window.begin();
    advance(5);
    early(false);
    expect(window.since(mark)).toMatchObject({ requests: 0, errors: 0, p99Ms: null, utilisationPercent: 0 });
    later(true);
    expect(window.since(mark)).toMatchObject({ requests: 1, errors: 0, p99Ms: 5, utilisationPercent: 20 });
  });

  it('end once: what an end is told first is what counts', () => {
    const { window } = windowAt();
    const mark = window.mark();
    const end = window.begin();
    end(true);
    end(false);
    expect(window.since(mark)).toMatchObject({ requests: 1, errors: 0 });
    window.begin()(true);
    expect(window.since(mark)?.utilisationPercent).toBe(10);
  });

  it('are unknown since a mark of another process', () => {
    const { window } = windowAt();
    expect(window.since(createRequestWindow({ capacity: 1 }).mark())).toBeNull();
    expect(window.since('nonsense')).toBeNull();
  });

  it('are forgotten after ten minutes', () => {
    const { window, request, advance } = windowAt();
    const mark = window.mark();
    request(10);
    advance(600_001);
    request(10);
    expect(window.since(mark)).toMatchObject({ requests: 1 });
  });

  it('are so many at most that they fit into memory, the newest', () => {
    const { window, request } = windowAt();
    const mark = window.mark();
    for (let count = 0; count <= 500_000; count += 1) request(0);
    expect(window.since(mark)?.requests).toBe(250_000);
  });
});

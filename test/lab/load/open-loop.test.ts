import { setTimeout as pause } from 'node:timers/promises';
import { startOpenLoop } from '../../../lib/lab/load/open-loop';
import { waitUntil } from '../../../lib/lab/wait-until';

describe('the open loop', () => {
  it('keeps starting at its rate although nothing ends', async () => {
    const ends: (() => void)[] = [];
    const loop = startOpenLoop(200, () => new Promise((resolve) => ends.push(resolve)));
    const beganMs = performance.now();
    await waitUntil({ what: '60 starts', timeoutMs: 3_000 }, () => loop.started() >= 60);
    const seconds = (performance.now() - beganMs) / 1_000;
    expect(loop.outstanding()).toBe(loop.started());
    expect(Math.abs(loop.started() - seconds * 200)).toBeLessThan(20);
    const drained = loop.drain();
    const started = loop.started();
    ends.forEach((end) => end());
    await drained;
    expect(loop.started()).toBe(started);
    expect(loop.outstanding()).toBe(0);
  });

  it('makes up for what a busy process missed', async () => {
    const loop = startOpenLoop(1_000, () => Promise.resolve());
    const untilMs = performance.now() + 60;
    while (performance.now() < untilMs); // the event loop stands still
    await pause(5);
    expect(loop.started()).toBeGreaterThanOrEqual(60);
    await loop.drain();
  });
});

import { createMemoryTraffic } from '../../lib/traffic/memory/memory-traffic';

describe('traffic in memory', () => {
  it('keeps the weights that a shift does not name', async () => {
    const traffic = createMemoryTraffic({ 'az-a': 100, 'az-b': 0 });
    expect(await traffic.shift({ 'az-b': 100 }, 1)).toEqual({ 'az-a': 100, 'az-b': 100 });
    expect(await traffic.shift({ 'az-a': 0 }, 1)).toEqual({ 'az-a': 0, 'az-b': 100 });
    expect(await traffic.current(1)).toEqual({ 'az-a': 0, 'az-b': 100 });
  });
});

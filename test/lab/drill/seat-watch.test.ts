import { Unreachable } from '../../../lib/domain/errors';
import { watchSeat } from '../../../lib/lab/drill/seat-watch';
import { waitUntil } from '../../../lib/lab/wait-until';
import { createMemoryTraffic } from '../../../lib/traffic/memory/memory-traffic';
import { createHeldWorld } from '../../lambdas/ports';

describe('the watch of a loss', () => {
  it('looks again when the state table did not answer', async () => {
    const { ports } = await createHeldWorld({ kind: 'failover', phase: 'switching' });
    const reads = jest.spyOn(ports.store, 'readSeat').mockRejectedValueOnce(new Unreachable('away'));
    const traffic = createMemoryTraffic({ 'az-a': 100, 'az-b': 0 });
    const watch = watchSeat({ lost: 'az-a', store: ports.store, traffic });
    await waitUntil({ what: 'a second look', timeoutMs: 5_000 }, () => watch.epoch() !== null);
    await watch.stop();
    expect(reads.mock.calls.length).toBeGreaterThan(1);
    expect(watch.epoch()).toBe(8);
    expect(Object.keys(watch.seen).sort()).toEqual(['decided', 'fenced']);
  });
});

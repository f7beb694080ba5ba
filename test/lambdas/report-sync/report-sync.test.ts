import { reportSync } from '../../../lambdas/report-sync/report-sync';
import { syncMetrics } from '../../../lambdas/report-sync/sync-metrics';
import { NOW_MS, seatWith, topologyWith, withRedis } from '../../domain/decision/world';
import { sampleWith } from '../../domain/sync/samples';
import { createWorld } from '../ports';

const topology = withRedis(topologyWith());
const hold = { how: 'paused', by: 'ana', reason: 'disks', sinceMs: NOW_MS, request: 'r' } as const;
const beside = { redis: { writer: 'az-a', eligible: null, cooldownUntilMs: 0, hold } };

describe('what CloudWatch is told of the copies', () => {
  it('has each value of each source, and none that is not known', () => {
    const samples = [sampleWith({ lagSeconds: 31, perSecond: null, failedInARow: 1 })];
    const data = syncMetrics({ topology, seat: seatWith({ beside }), samples, nowMs: NOW_MS });
    expect(data.every(({ atMs }) => atMs === NOW_MS)).toBe(true);
    expect(data.map(({ metric, dimensions, value }) => [metric, dimensions['Component'], value])).toEqual([
      ['SyncLagSeconds', 'postgres', 31],
      ['SyncBehind', 'postgres', 0],
      ['SyncErrors', 'postgres', 1],
      ['SyncHeld', 'postgres', 0],
      ['SyncUnwell', 'postgres', 1],
      ['SyncErrors', 'redis', 0],
      ['SyncHeld', 'redis', 1],
      ['SyncUnwell', 'redis', 0],
      ['SyncHealth', undefined, expect.any(Number)],
    ]);
  });

  it('does not say of what nobody knows that it is well', () => {
    const data = syncMetrics({ topology, seat: seatWith(), samples: [], nowMs: NOW_MS });
    expect(data.filter(({ metric }) => metric === 'SyncUnwell')).toEqual([]);
  });

  it('is every second, put each few', async () => {
    const world = await createWorld();
    await world.ports.store.writeSample(sampleWith());
    const puts: number[] = [];
    const metrics = { put: async (data: readonly unknown[]) => void puts.push(data.length) };
    const { put } = await reportSync({ ...world.ports, metrics }, 11_000);
    expect(puts).toHaveLength(2);
    expect(put).toBe(puts.reduce((sum, each) => sum + each, 0));
    expect(puts[0]).toBe(6 * 7);
  });

  it('is nothing while there is no seat', async () => {
    const world = await createWorld({ hasNoSeat: true });
    expect(await reportSync(world.ports, 7_000)).toEqual({ put: 0 });
  });
});

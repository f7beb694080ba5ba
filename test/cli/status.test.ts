import { status } from '../../lib/cli/status';
import { decide } from '../../lib/domain/decision/decide';
import { heldRecord } from '../../lib/domain/decision/record';
import { CALM_GRID, snapshotOf, ZONE_LOSS_GRID } from '../domain/decision/world';
import { createWorld, putGrid } from '../lambdas/ports';
import { connectionTo } from './connection-to';
import { recordedOutput } from './recorded-output';

const author = { trigger: 'witness', actor: 'az-c', request: null } as const;

const shown = async (automatic: 'on' | 'shadow', json: boolean) => {
  const world = await createWorld({ policy: { automatic, staleAfterMs: 20 } });
  await putGrid(world, CALM_GRID);
  const snapshot = snapshotOf(ZONE_LOSS_GRID, { policy: { automatic: 'shadow' } });
  await world.ports.store.recordDecision(heldRecord(snapshot, decide(snapshot), author));
  const { output, results, notes } = recordedOutput();
  await status(connectionTo(world), output, { json });
  return { text: results.join('\n'), notes };
};

describe('evac status', () => {
  it('is shown although the traffic weights cannot be read', async () => {
    const { text, notes } = await shown('on', false);
    expect(text).toContain('writer az-a   standby az-b   epoch 7   automatic on');
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain('traffic weights are unknown: ');
  });

  it('says in shadow what would have been done, and only there', async () => {
    expect((await shown('shadow', false)).text).toContain(
      'shadow: at 2027-01-15T08:00:00.000Z it would have started this, and did not: emergency failover from az-a to az-b',
    );
    expect((await shown('on', false)).text).not.toContain('shadow: at');
  });

  it('says where each store beside PostgreSQL writes', async () => {
    const world = await createWorld({
      hasRedis: true,
      seat: { beside: { redis: { writer: 'az-b', eligible: null, cooldownUntilMs: 0 } } },
    });
    await putGrid(world, CALM_GRID);
    const { output, results } = recordedOutput();
    await status(connectionTo(world), output, { json: false });
    expect(results.join('\n')).toContain('Redis: writer az-b   standby none eligible');
  });

  it('says of a store that acknowledges alone what its standby is worth', async () => {
    const world = await createWorld({ hasObjects: true });
    await putGrid(world, CALM_GRID);
    const { output, results } = recordedOutput();
    await status(connectionTo(world), output, { json: false });
    expect(results.join('\n')).toContain(
      'Objects: writer az-a   standby az-b (follows: its lag is what an emergency loses)',
    );
  });

  it('says who keeps a copy away', async () => {
    const hold = { how: 'paused', by: 'ana', reason: 'disks', sinceMs: 0, request: 'r' } as const;
    const redis = { writer: 'az-a', eligible: null, cooldownUntilMs: 0, hold };
    const world = await createWorld({ hasRedis: true, seat: { eligible: null, hold, beside: { redis } } });
    await putGrid(world, CALM_GRID);
    const { output, results } = recordedOutput();
    await status(connectionTo(world), output, { json: false });
    const said = 'paused by ana since 1970-01-01T00:00:00.000Z: disks';
    expect(results[0]).toContain(`sync of PostgreSQL is ${said}`);
    expect(results[0]).toContain(`sync of Redis is ${said}`);
  });

  it.each([
    ['away from the writer', { 'az-a': 0, 'az-b': 100 }, true],
    ['with the writer after all', { 'az-a': 100, 'az-b': 0 }, false],
    ['nowhere', null, false],
  ])('says that a guard left the traffic %s', async (_what, traffic, isSaid) => {
    const world = await createWorld({ seat: { traffic } });
    await putGrid(world, CALM_GRID);
    const { output, results } = recordedOutput();
    await status(connectionTo(world), output, { json: false });
    expect(results.join('\n').includes('traffic was left away from the writer')).toBe(isSaid);
  });

  it('has the same as one JSON document', async () => {
    const report = JSON.parse((await shown('shadow', true)).text) as Record<string, unknown>;
    expect(report).toMatchObject({
      automatic: 'shadow',
      traffic_weights: null,
      would_have: { epoch: 7, operation: { kind: 'failover', from: 'az-a', to: 'az-b' } },
    });
    expect(JSON.parse((await shown('on', true)).text)).toMatchObject({ would_have: null });
  });
});

import { failover, rollback } from '../../lib/cli/move';
import type { MoveOptions } from '../../lib/cli/move';
import { Unreachable } from '../../lib/domain/errors';
import type { Seat } from '../../lib/domain/protocol/seat';
import { CALM_GRID } from '../domain/decision/world';
import type { World } from '../lambdas/ports';
import { createWorld, putGrid, rejectionOf } from '../lambdas/ports';
import { connectionTo } from './connection-to';
import { recordedOutput } from './recorded-output';

const options: MoveOptions = { to: 'az-b', planned: true, reason: 'maintenance', timeoutSeconds: 1 };

/** Witnesses saw all well once and are silent since: a planned move has nothing to stand on. */
const silent = async (seat: Partial<Seat> = {}): Promise<World> => {
  const world = await createWorld({ seat, policy: { staleAfterMs: 20 } });
  await putGrid(world, CALM_GRID);
  return world;
};

const refusal = async (world: World, changes: Partial<MoveOptions> = {}) => {
  const { output, notes } = recordedOutput();
  const failed = await rejectionOf(failover(connectionTo(world), output, { ...options, ...changes }));
  return { failed, notes };
};

describe('a move that the CLI refuses', () => {
  it('starts nothing, and is kept: who asked, for what, on which evidence', async () => {
    const world = await silent();
    const { failed } = await refusal(world);
    expect(failed).toMatchObject({ name: 'Refused', code: 'source-not-healthy' });
    expect(world.workflows.started).toEqual([]);
    const [record] = await world.ports.store.recentDecisions(9);
    expect(record).toMatchObject({
      epoch: 7,
      decision: { kind: 'refuse', reasons: [{ code: 'source-not-healthy' }], policyVersion: 'p1' },
      circumstances: { trigger: 'human', request: { to: 'az-b', mode: 'planned', reason: 'maintenance' } },
    });
    expect(record?.circumstances?.actor).not.toBe('');
    expect(record?.evidence).toHaveLength(4);
  });

  it('is asked of some stores alone', async () => {
    const world = await silent();
    const { failed } = await refusal(world, { only: ['redis'] });
    expect(failed).toMatchObject({ code: 'unknown-store' });
    const [record] = await world.ports.store.recentDecisions(9);
    expect(record?.circumstances?.request).toMatchObject({ only: ['redis'] });
  });

  it('is kept for a rollback, too', async () => {
    const world = await silent();
    const failed = await rejectionOf(
      rollback(connectionTo(world), recordedOutput().output, { reason: 'home', timeoutSeconds: 1 }),
    );
    expect(failed).toMatchObject({ code: 'same-zone' });
    expect(await world.ports.store.recentDecisions(9)).toHaveLength(1);
  });

  it('is not kept when it was only a dry run', async () => {
    const world = await silent();
    await refusal(world, { dryRun: true });
    expect(await world.ports.store.recentDecisions(9)).toEqual([]);
  });

  it('is told all the same when it cannot be kept', async () => {
    const world = await silent();
    jest.spyOn(world.ports.store, 'recordDecision').mockRejectedValue(new Unreachable('no answer'));
    const { failed, notes } = await refusal(world);
    expect(failed.name).toBe('Refused');
    expect(notes).toEqual(['this refusal could not be put on record: Unreachable: no answer']);
  });

  it.each<[string, Partial<MoveOptions>, string]>([
    ['no reason', { reason: ' ' }, '--reason is missing'],
    ['both ways', { emergency: true }, 'say how: --planned'],
  ])('is refused before anything is read with %s', async (_what, changes, told) => {
    const world = await silent();
    const read = jest.spyOn(world.ports.store, 'readSeat');
    const { output } = recordedOutput();
    const attempt = (async () => failover(connectionTo(world), output, { ...options, ...changes }))();
    expect((await rejectionOf(attempt)).message).toContain(told);
    expect(read).not.toHaveBeenCalled();
  });
});

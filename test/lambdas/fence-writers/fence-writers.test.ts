import { fenceWriters } from '../../../lambdas/fence-writers/fence-writers';
import { createHeldWorld, rejectionOf } from '../ports';
import { deliver, phaseOf } from '../run-step';

const prepared = { phase: 'prepared' } as const;
const waived = { ...prepared, acceptLossSeconds: 30, eligibleBefore: { postgres: null } } as const;

const NAMED = 30_000;

/** A writer whose newest beacon, at the target, is so old. */
const waivedWorld = async (ageMs: number) => {
  const world = await createHeldWorld(waived, { eligible: null });
  await world.ports.postgres.beacon('az-a', (await world.ports.store.nowMs()) - ageMs, 100);
  return world;
};

describe('fence-writers', () => {
  it('planned: makes the living writer read-only', async () => {
    const world = await createHeldWorld({ ...prepared, mode: 'planned' });
    expect(await deliver(fenceWriters, world)).toMatchObject({
      kind: 'read-only',
      holds: true,
      waived: false,
    });
    expect(world.servers.write('az-a', 'late')).toBe('refused');
    expect(await phaseOf(world)).toBe('fenced');
  });

  it('emergency: its synchronous standby is the fence, the old writer is not asked', async () => {
    const world = await createHeldWorld(prepared);
    world.lose('az-a');
    expect(await deliver(fenceWriters, world)).toMatchObject({ kind: 'synchronous-standby', holds: true });
  });

  it('emergency without an eligible standby: stops the old writer', async () => {
    const world = await waivedWorld(NAMED);
    expect(await deliver(fenceWriters, world)).toMatchObject({ kind: 'power', holds: true, waived: false });
    expect(world.servers.at('az-a').power).toBe('stopped');
  });

  it('goes on without a fence only by a recorded waiver', async () => {
    const world = await waivedWorld(NAMED);
    world.lose('az-a');
    expect(await deliver(fenceWriters, world)).toMatchObject({ holds: false, waived: true });
  });

  it('refuses, with nothing begun, once the loss is beyond the price that was accepted (I3)', async () => {
    const world = await waivedWorld(NAMED + 1);
    const refused = await rejectionOf(deliver(fenceWriters, world));
    expect(refused).toMatchObject({
      code: 'rpo-exceeded',
      numbers: { boundSeconds: 30.001, limitSeconds: 30 },
    });
    expect(await phaseOf(world)).toBe('prepared');
    expect(world.servers.at('az-a').power).toBe('running');
  });

  it('does not compare it again once it has begun: what is stopped loses no more', async () => {
    const world = await waivedWorld(NAMED);
    await deliver(fenceWriters, world);
    world.clock.advance(1_000);
    expect(await deliver(fenceWriters, world)).toMatchObject({ kind: 'power', holds: true });
  });

  it('takes a loss that nobody knows for more than any price', async () => {
    const world = await createHeldWorld(waived, { eligible: null });
    const { message } = await rejectionOf(deliver(fenceWriters, world));
    expect(message).toMatch(
      /an unknown number of seconds of postgres writes .*no beacon of postgres was found in az-b/,
    );
  });

  it('refuses when no fence holds and nothing was waived', async () => {
    const world = await createHeldWorld(
      { ...prepared, eligibleBefore: { postgres: null } },
      { eligible: null },
    );
    world.lose('az-a');
    const refused = await rejectionOf(deliver(fenceWriters, world));
    expect(refused).toMatchObject({ name: 'Refused', code: 'no-fence' });
    expect(refused.message).toMatch(
      /no fence holds against az-a: the host in az-a does not answer; promoting az-b/,
    );
    expect(await phaseOf(world)).toBe('fenced');
  });

  it('planned: fails when the writer does not answer, with the fence on record as begun', async () => {
    const world = await createHeldWorld({ ...prepared, mode: 'planned' });
    world.servers.freeze('az-a');
    expect((await rejectionOf(deliver(fenceWriters, world))).name).toBe('DeadlineExceeded');
    expect(await phaseOf(world)).toBe('fenced');
  });

  it('is refused by a store that has seen a newer epoch', async () => {
    const world = await createHeldWorld({ ...prepared, mode: 'planned' });
    await world.ports.postgres.degrade('az-a', { epoch: 9, deadlineMs: 1 });
    expect((await rejectionOf(deliver(fenceWriters, world))).name).toBe('StaleEpoch');
  });
});

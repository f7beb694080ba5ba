import { claimFailover } from '../../lambdas/claim-failover/claim-failover';
import { fenceWriters } from '../../lambdas/fence-writers/fence-writers';
import { switchObjects } from '../../lambdas/switch-objects/switch-objects';
import { waitForSync } from '../../lambdas/wait-for-sync/wait-for-sync';
import type { Operation } from '../../lib/domain/protocol/seat';
import { CALM_GRID, NOW_MS } from '../domain/decision/world';
import type { World } from './ports';
import { createWorld, keepLooking, operationAt, putGrid, rejectionOf } from './ports';
import { deliver, phaseOf } from './run-step';

const proven = { postgres: 'az-b', objects: 'az-b' };
const together = { stores: ['postgres', 'objects'], eligibleBefore: proven } as const;
const alone = { stores: ['objects'], eligibleBefore: { objects: 'az-b' } } as const;

const heldBy = (operation: Partial<Operation>): Promise<World> =>
  createWorld({
    hasObjects: true,
    seat: { epoch: 8, operation: operationAt(8, { mode: 'emergency', phase: 'prepared', ...operation }) },
  });

/** What the target has seen of the writer is so old. */
const age = ({ objects }: World, seconds: number): void => {
  for (const zone of objects.zones) objects.at(zone).beacons = { 'az-a': NOW_MS - seconds * 1_000 };
};

describe('objects, which acknowledge alone, in an emergency', () => {
  it('leave a silent zone beside PostgreSQL though no fence is shown to hold', async () => {
    const world = await heldBy(together);
    world.lose('az-a');
    expect(await deliver(fenceWriters, world)).toMatchObject({
      kind: 'synchronous-standby',
      holds: true,
      objects: { kind: 'power', holds: false, waived: false },
    });
    await deliver(switchObjects, world);
    const { beside, writer } = await world.seatNow();
    expect([writer, beside.objects]).toEqual([
      'az-a',
      { writer: 'az-b', eligible: null, cooldownUntilMs: 0 },
    ]);
  });

  it('alone need a fence that was read back', async () => {
    const world = await heldBy(alone);
    world.lose('az-a');
    const refused = await rejectionOf(deliver(fenceWriters, world));
    expect(refused).toMatchObject({ name: 'Refused', code: 'no-fence' });
    expect(refused.message).toMatch(/^no fence holds against az-a of Objects: /);
  });

  it('alone go when the host has stopped the old writer', async () => {
    const world = await heldBy(alone);
    world.objects.freeze('az-a');
    expect(await deliver(fenceWriters, world)).toMatchObject({ objects: { kind: 'power', holds: true } });
    expect(world.objects.at('az-a').power).toBe('stopped');
  });

  it('are refused at the fence once more than their objective is at stake, with nothing begun', async () => {
    const world = await heldBy(together);
    age(world, 300);
    world.clock.advance(1);
    expect(await rejectionOf(deliver(fenceWriters, world))).toMatchObject({
      code: 'rpo-exceeded',
      numbers: { component: 'objects', boundSeconds: 300.001, limitSeconds: 300 },
    });
    expect(await phaseOf(world)).toBe('prepared');
  });

  it('go at a price that a person has accepted', async () => {
    const world = await heldBy({ ...alone, acceptLossSeconds: 400 });
    age(world, 400);
    expect(await deliver(fenceWriters, world)).toMatchObject({ objects: { holds: true } });
  });
});

describe('objects in a planned move', () => {
  it('are waited for, however far behind they were when it began', async () => {
    const world = await heldBy({ ...together, mode: 'planned' });
    age(world, 4_000);
    await deliver(fenceWriters, world);
    expect(await deliver(waitForSync, world)).toMatchObject({ waited: true, objects: { level: true } });
  });
});

describe('a person who asks for objects alone', () => {
  const emergency = { to: 'az-b', mode: 'emergency', reason: 'MinIO is ill', only: ['objects'] } as const;
  const asked = async (acceptLossSeconds: number, beaconAgeSeconds: number) => {
    const world = await createWorld({ hasObjects: true });
    world.objectsBeaconAgeMs = beaconAgeSeconds * 1_000;
    await putGrid(world, CALM_GRID);
    keepLooking(world, CALM_GRID);
    const input = { execution: 'by-hand', request: { ...emergency, acceptLossSeconds } };
    return { world, claimed: claimFailover(input, world.ports) };
  };

  it('has the price on record when there is one, and none when there is not', async () => {
    const dear = await asked(400, 350);
    await dear.claimed;
    expect((await dear.world.seatNow()).operation?.acceptLossSeconds).toBe(400);
    const free = await asked(400, 6);
    await free.claimed;
    expect((await free.world.seatNow()).operation?.acceptLossSeconds).toBeNull();
  });

  it('is refused beyond the price', async () => {
    const { world, claimed } = await asked(340, 350);
    expect(await rejectionOf(claimed)).toMatchObject({ code: 'rpo-exceeded' });
    expect((await world.seatNow()).operation).toBeNull();
  });
});

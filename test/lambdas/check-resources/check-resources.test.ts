import { checkResources } from '../../../lambdas/check-resources/check-resources';
import { claimOperation } from '../../../lambdas/shared/claim';
import { freshSnapshot } from '../../../lambdas/shared/fresh-evidence';
import { decide } from '../../../lib/domain/decision/decide';
import { CALM_GRID, ZONE_LOSS_GRID } from '../../domain/decision/world';
import type { World } from '../ports';
import { createHeldWorld, createWorld, keepLooking, observationsOf, putGrid, rejectionOf } from '../ports';
import { deliver, phaseOf } from '../run-step';

/** The witnesses claimed epoch 8 on what they saw up to round 101; then they stand still. */
const claimedByWitnesses = async (): Promise<World> => {
  const world = await createWorld();
  await putGrid(world, ZONE_LOSS_GRID);
  const { sleep } = world.clock;
  keepLooking(world, ZONE_LOSS_GRID);
  const snapshot = await freshSnapshot(world.ports);
  world.clock.sleep = sleep;
  await claimOperation(world.ports, {
    snapshot,
    decision: decide(snapshot),
    trigger: 'witness',
    execution: 'orders-e8',
    overrideCooldown: false,
    acceptLossSeconds: null,
    reason: 'zone-loss',
  });
  return world;
};

const LATER = 500;

describe('check-resources', () => {
  it('goes on when the same quorum says failed again in newer rounds (§3b.9)', async () => {
    const world = await claimedByWitnesses();
    await putGrid(world, ZONE_LOSS_GRID, LATER);
    expect(await deliver(checkResources, world)).toMatchObject({
      evidence: 'postgres in az-a failed again for az-b, az-c after the claim',
    });
    expect(world.asked).toEqual([]);
    expect(await phaseOf(world)).toBe('prepared');
  });

  it('gives the seat back when anybody outside has had an answer since', async () => {
    const world = await claimedByWitnesses();
    await putGrid(world, CALM_GRID, LATER);
    const refused = await rejectionOf(deliver(checkResources, world));
    expect(refused).toMatchObject({ name: 'Refused', code: 'evidence-recovered' });
    expect(refused.message).toMatch(
      /answered .*after the claim; the seat is given back and nothing was changed/,
    );
    expect(await phaseOf(world)).toBe('claimed');
  });

  it('asks the voters themselves when no newer round comes', async () => {
    const world = await claimedByWitnesses();
    world.answers.observations = observationsOf(ZONE_LOSS_GRID, LATER);
    await deliver(checkResources, world);
    expect(world.asked).toEqual([['az-b', 'az-c']]);
  });

  it('gives the seat back when they do not answer either: missing evidence starts nothing (I9)', async () => {
    const world = await claimedByWitnesses();
    expect(await rejectionOf(deliver(checkResources, world))).toMatchObject({ code: 'evidence-pending' });
    expect(await phaseOf(world)).toBe('claimed');
  });

  it('waits for rounds that are still to come', async () => {
    const world = await claimedByWitnesses();
    keepLooking(world, ZONE_LOSS_GRID, LATER);
    await deliver(checkResources, world);
    expect(world.asked).toEqual([]);
  });

  it("asks nobody for a person's word", async () => {
    const world = await createHeldWorld({ trigger: 'human' });
    expect(await deliver(checkResources, world)).toMatchObject({ evidence: 'asked for by a person' });
    expect(world.asked).toEqual([]);
  });

  it('refuses a target that cannot take over, with every finding', async () => {
    const world = await createHeldWorld({ trigger: 'human' });
    const preflight = async () => ({ ok: false, findings: ['role app has its own', 'no slot'], numbers: {} });
    jest.spyOn(world.ports.postgres, 'preflight').mockImplementation(preflight);
    expect(await rejectionOf(deliver(checkResources, world))).toMatchObject({
      code: 'target-not-ready',
      message: 'az-b cannot take over: role app has its own; no slot',
    });
    expect(await phaseOf(world)).toBe('claimed');
  });

  it('fails when the target does not answer', async () => {
    const world = await createHeldWorld({ trigger: 'human' });
    world.servers.freeze('az-b');
    expect((await rejectionOf(deliver(checkResources, world))).name).toBe('DeadlineExceeded');
  });

  it('delivered twice, finds it prepared', async () => {
    const world = await createHeldWorld({ trigger: 'human' });
    await deliver(checkResources, world);
    await deliver(checkResources, world);
    expect(await phaseOf(world)).toBe('prepared');
  });
});

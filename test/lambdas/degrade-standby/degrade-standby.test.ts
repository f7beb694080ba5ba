import { degradeStandby } from '../../../lambdas/degrade-standby/degrade-standby';
import { holdCopies } from '../../../lambdas/shared/hold-copies';
import { settle } from '../../../lambdas/shared/settle';
import { createHeldWorld, createWorld, rejectionOf } from '../ports';

const claimed = () => createHeldWorld({ kind: 'degrade' }, { eligible: null });
const input = { request: { epoch: 8 }, execution: 'orders-e8' };

describe('degrade-standby', () => {
  it('lets the writer acknowledge alone, after the seat said "not eligible" (I8)', async () => {
    const world = await claimed();
    world.servers.kill('az-b');
    expect(world.servers.write('az-a', 'blocked')).toBe('unknown');
    expect(await degradeStandby(input, world.ports)).toMatchObject({ epoch: 8, kind: 'degrade' });
    expect(world.servers.write('az-a', 'alone')).toBe('acknowledged');
    expect(await world.seatNow()).toMatchObject({ eligible: null, operation: null, cooldownUntilMs: 0 });
  });

  it('does nothing for an epoch that another execution carries', async () => {
    const world = await claimed();
    const refused = await rejectionOf(degradeStandby({ ...input, execution: 'by-hand' }, world.ports));
    expect(refused.message).toBe('epoch 8 is carried by execution orders-e8, not by-hand');
    expect(world.servers.at('az-a').syncName).toBe('az-b-e1');
  });

  it('is not started by hand: names what it found and what it takes', async () => {
    const world = await claimed();
    const refused = await rejectionOf(degradeStandby({ ...input, request: { to: 'az-b' } }, world.ports));
    expect(refused.name).toBe('InvalidRequest');
    expect(refused.message).toMatch(
      /the input is \{"to":"az-b"\}; this machine is started by Evac with \{"epoch":12\}/,
    );
  });

  it('keeps the seat when the writer does not answer', async () => {
    const world = await claimed();
    world.servers.freeze('az-a');
    expect((await rejectionOf(degradeStandby(input, world.ports))).name).toBe('DeadlineExceeded');
    expect((await world.seatNow()).operation?.epoch).toBe(8);
  });

  const hold = { how: 'paused', by: 'ana', reason: 'r', sinceMs: 0, request: 'orders-s-1' } as const;

  it('keeps the copy away as a person asked, also when somebody else has to finish it', async () => {
    for (const finish of ['itself', 'settled']) {
      const world = await createHeldWorld({ kind: 'degrade', hold }, { eligible: null, hold });
      if (finish === 'itself') await degradeStandby(input, world.ports);
      else await settle(world.ports, 8, 'its execution died');
      world.servers.write('az-a', 'alone');
      expect(world.servers.at('az-b').ids).toEqual([]);
      expect(await world.seatNow()).toMatchObject({ operation: null, eligible: null, hold });
    }
  });

  it('tells nothing to a store whose copies take no orders', async () => {
    const world = await createWorld({ hasRedis: true, hasKafka: true });
    const order = { stores: ['kafka'], to: 'az-b', hold } as const;
    const refused = await rejectionOf(holdCopies(world.ports, order, { epoch: 8, deadlineMs: 100 }));
    expect(refused.message).toBe('nobody tells the copies of kafka what to do');
  });

  it('does not take the word of a copy that has been promoted for its silence', async () => {
    const world = await createHeldWorld({ kind: 'degrade', hold }, { eligible: null, hold });
    await world.ports.postgres.ensureWriterIn('az-b', { epoch: 8, deadlineMs: 100 });
    expect((await rejectionOf(degradeStandby(input, world.ports))).message).toMatch(/follows nobody/);
  });
});

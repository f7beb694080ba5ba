import { rollBack } from '../../../lambdas/roll-back/roll-back';
import { toRef } from '../../../lambdas/shared/adopt';
import { runMachine } from '../machine-run';
import { createHeldWorld, operationAt, rejectionOf } from '../ports';

const failure = { Error: 'Unreachable', Cause: '{"errorMessage":"az-b does not answer"}' };

describe('roll-back', () => {
  it('settles the operation that its execution carries, with the failure as the reason', async () => {
    const world = await createHeldWorld();
    const input = { operation: toRef(operationAt(8)), failure };
    expect(await rollBack(input, world.ports)).toEqual({
      result: 'released',
      reason: 'Unreachable: az-b does not answer',
      epoch: 8,
    });
  });

  it('settles a claimed start that failed before it had adopted its operation', async () => {
    const world = await createHeldWorld();
    const input = { request: { epoch: 8 }, execution: 'orders-e8', failure };
    expect((await rollBack(input, world.ports)).result).toBe('released');
  });

  it('has nothing to undo without an epoch', async () => {
    const world = await createHeldWorld();
    const refused = await rejectionOf(rollBack({ request: { to: 'az-b' }, failure }, world.ports));
    expect(refused.name).toBe('StaleEpoch');
  });

  it.each(['degrade', 'rejoin'] as const)(
    'the machine %s, started by hand with the epoch of a running operation, leaves that alone',
    async (machine) => {
      const world = await createHeldWorld({ phase: 'switching' });
      const before = await world.seatNow();
      const ended = await runMachine(
        { machine, execution: 'by-hand', clock: world.clock, portsFor: () => world.ports },
        { epoch: 8 },
      );
      expect(ended.ended).toBe('Fail');
      expect(ended.outcome?.reason).toMatch(
        /epoch 8 is carried by execution orders-e8; this one, by-hand, leaves it/,
      );
      expect(await world.seatNow()).toEqual(before);
    },
  );

  it.each(['degrade', 'rejoin'] as const)('the machine %s ends what it carries itself', async (machine) => {
    const world = await createHeldWorld({ kind: machine }, { eligible: null });
    const { clock, ports } = world;
    const failing = () => Promise.reject(new Error('once'));
    const method = machine === 'degrade' ? 'degrade' : 'rejoin';
    jest.spyOn(ports.postgres, method).mockImplementationOnce(failing);
    const run = { machine, execution: 'orders-e8', clock, portsFor: () => ports };
    const ended = await runMachine(run, { epoch: 8 });
    expect(ended.outcome?.result).toBe(machine === 'degrade' ? 'completed' : 'released');
    expect((await world.seatNow()).operation).toBeNull();
  });
});

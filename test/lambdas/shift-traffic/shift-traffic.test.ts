import { shiftTraffic } from '../../../lambdas/shift-traffic/shift-traffic';
import type { Seat } from '../../../lib/domain/protocol/seat';
import { createHeldWorld, operationAt, rejectionOf } from '../ports';
import { deliver } from '../run-step';

const admitted = () =>
  createHeldWorld({ phase: 'admitted' }, { writer: 'az-b', eligible: null, cooldownUntilMs: 0 });
const home = { 'az-a': 100, 'az-b': 0 };
const away = { 'az-a': 0, 'az-b': 100 };

describe('shift-traffic', () => {
  it('gives the target all of the traffic, as read back', async () => {
    const world = await admitted();
    expect(await deliver(shiftTraffic, world)).toEqual({ weights: away });
    expect(await world.ports.traffic.current(1)).toEqual(away);
  });

  it('fails when the switch reads back something else', async () => {
    const world = await admitted();
    jest.spyOn(world.ports.traffic, 'shift').mockResolvedValue({ 'az-a': 100, 'az-b': 100 });
    const { name, message } = await rejectionOf(deliver(shiftTraffic, world));
    expect(name).toBe('DeadlineExceeded');
    expect(message).toBe('traffic reads {"az-a":100,"az-b":100}, wanted {"az-a":0,"az-b":100}');
  });

  it('shifts nothing for an operation that is gone', async () => {
    const world = await createHeldWorld({ epoch: 9 }, { epoch: 9 });
    expect((await rejectionOf(deliver(shiftTraffic, world))).name).toBe('StaleEpoch');
    expect(await world.ports.traffic.current(1)).toEqual(home);
  });

  it.each<[string, Partial<Seat>, object]>([
    ['the writer is home again: the traffic, too', { writer: 'az-a', operation: null }, home],
    ['another operation holds the seat', { writer: 'az-a', operation: operationAt(9), epoch: 9 }, home],
    ['it was finished by somebody else', { writer: 'az-b', operation: null }, away],
    ['but not a seat that was restored from before it', { writer: 'az-a', operation: null, epoch: 7 }, away],
  ])('arriving after its operation had ended, follows the seat: %s', async (_what, seat, weights) => {
    const world = await admitted();
    const { shift } = world.ports.traffic;
    jest.spyOn(world.ports.traffic, 'shift').mockImplementationOnce(async (wanted, timeoutMs) => {
      world.items.set('seat', { ...world.items.get('seat'), eligible: null, ...seat });
      return shift(wanted, timeoutMs);
    });
    expect((await rejectionOf(deliver(shiftTraffic, world))).name).toBe('StaleEpoch');
    expect(await world.ports.traffic.current(1)).toEqual(weights);
  });
});

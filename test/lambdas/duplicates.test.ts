import { LOGIC, runMachine } from './machine-run';
import type { Scenario } from './failover-scenarios';
import { play, SCENARIOS } from './failover-scenarios';

/** Lambda delivers at least once, and a task's retry may follow an answer that was lost. */
interface Delivery {
  readonly lambda: string;
  readonly input: unknown;
}

describe.each(Object.values(SCENARIOS))('$name', (scenario) => {
  it('is the same when every step is delivered twice', async () => {
    const game = await play(scenario);
    const { execution, input } = scenario;
    const { world } = game;
    const twice: Promise<unknown>[] = [];
    await runMachine(
      {
        machine: 'failover',
        execution,
        clock: world.clock,
        portsFor: () => world.ports,
        onTask: (lambda, value) => {
          if (lambda !== 'claim-failover') twice.push(deliver({ lambda, input: value }, world.ports));
        },
      },
      input,
    );
    await Promise.all(twice);
    expect(await game.findings()).toEqual([]);
    const { mayComplete, ends }: Scenario = scenario;
    const wanted = mayComplete === true ? ['completed', ends] : [ends];
    expect(wanted).toContain((await world.seatNow()).lastOutcome?.result);
  });

  it('changes nothing when any step is delivered again after the end', async () => {
    const game = await play(scenario);
    const { execution, input } = scenario;
    const { world } = game;
    const deliveries: Delivery[] = [];
    const onTask = (lambda: string, value: unknown) => void deliveries.push({ lambda, input: value });
    const { clock, ports } = world;
    await runMachine({ machine: 'failover', execution, clock, portsFor: () => ports, onTask }, input);
    const seat = await world.seatNow();
    for (const delivery of deliveries.filter(({ lambda }) => lambda !== 'claim-failover')) {
      await deliver(delivery, world.ports);
      expect(await game.findings()).toEqual([]);
    }
    expect(await world.seatNow()).toEqual(seat);
  });
});

/** What it answers the second time does not matter to anybody: the first answer was taken. */
const deliver = async ({ lambda, input }: Delivery, ports: Parameters<(typeof LOGIC)[string]>[1]) =>
  LOGIC[lambda]?.(input as never, ports).catch(() => undefined);

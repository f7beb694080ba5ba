import { When } from './crash';
import { callsOf, play, SCENARIOS, STANDBY_SCENARIOS } from './failover-scenarios';

/** Some hundred failovers a test. */
jest.setTimeout(240_000);

/**
 * §3b.1: a task that timed out lives on. Its execution is stopped and settled by somebody else at one of its calls;
 * then it goes on where it was, with what it had read before.
 */
describe.each([...Object.values(SCENARIOS), ...Object.values(STANDBY_SCENARIOS)])('$name', (scenario) => {
  it('has one writer, whichever of its calls arrives after it was settled', async () => {
    const calls = await callsOf(scenario);
    const broken: string[] = [];
    for (let call = 1; call <= calls.length; call += 1) {
      const game = await play(scenario);
      const delay = async (): Promise<void> => {
        game.world.clock.advance(game.world.topology.policy.stepDeadlineMs);
        await game.reconcile();
        await game.goAgain();
      };
      const { hasStruck } = await game.run({ call, when: When.before, delay }, 'died');
      expect(hasStruck).toBe(true);
      await game.reconcile();
      await game.goAgain();
      for (const finding of await game.findings())
        broken.push(`late call ${call} (${calls[call - 1] ?? ''}): ${finding}`);
    }
    expect(broken.join('\n')).toBe('');
  });
});

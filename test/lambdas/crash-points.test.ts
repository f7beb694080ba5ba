import { When } from './crash';
import { callsOf, play, SCENARIOS, STANDBY_SCENARIOS } from './failover-scenarios';

/** Some hundred failovers a test. */
jest.setTimeout(240_000);

/**
 * Every call that leaves a Lambda is a place where it may die: before the call, or after it with the answer lost.
 * `caught`: the state machine goes on with its Catch. `died`: the whole execution is gone with it.
 */
const ENDINGS = ['caught', 'died'] as const;
const TABLE = ENDINGS.flatMap((ending) => Object.values(When).map((when) => [when, ending] as const));

describe.each([...Object.values(SCENARIOS), ...Object.values(STANDBY_SCENARIOS)])('$name', (scenario) => {
  it('goes through when nothing crashes', async () => {
    const game = await play(scenario);
    await game.run(null, 'caught');
    const { lastOutcome } = await game.world.seatNow();
    expect(await game.findings()).toEqual([]);
    expect(lastOutcome?.result).toBe(scenario.ends);
  });

  it.each(TABLE)(
    'ends with one writer, whichever call it crashes %s, and is then %s',
    async (when, ending) => {
      const calls = await callsOf(scenario);
      const broken: string[] = [];
      for (let call = 1; call <= calls.length; call += 1) {
        const game = await play(scenario);
        const { hasStruck } = await game.run({ call, when }, ending);
        expect(hasStruck).toBe(true);
        await game.reconcile();
        await game.goAgain();
        for (const finding of await game.findings())
          broken.push(`${when} call ${call} (${calls[call - 1] ?? ''}): ${finding}`);
      }
      expect(broken.join('\n')).toBe('');
    },
  );
});

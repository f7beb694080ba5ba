import { When } from './crash';
import type { Play } from './failover-scenarios';
import { callsOf, play, SCENARIOS } from './failover-scenarios';

/** Some hundred failovers a test. */
jest.setTimeout(240_000);

/** The execution dies behind one of its effects; whoever settles it dies too, at any call; then it is settled again. */
const isEffect = (call: string): boolean =>
  /^(store\.apply|traffic\.shift|postgres\.(fence|ensureWriterIn|admitWrites|degrade|undoFence))$/.test(call);

const effectsOf = (calls: readonly string[]): readonly number[] =>
  calls.flatMap((name, index) => (isEffect(name) ? [index + 1] : []));

/** From the fence to the last effect before "admitted" is committed. */
const undoableEffectsOf = (calls: readonly string[]): readonly number[] => {
  const fence = calls.indexOf('postgres.fence') + 1;
  const admitted = calls.lastIndexOf('store.apply', calls.indexOf('postgres.admitWrites')) + 1;
  return effectsOf(calls).filter((call) => call >= fence && call < admitted);
};

interface Turn {
  readonly name: string;
  readonly scenario: (typeof SCENARIOS)[keyof typeof SCENARIOS];
  /** Behind which calls the execution dies. */
  readonly points: (calls: readonly string[]) => readonly number[];
  /** What happens to the world then. */
  readonly between: (game: Play) => void;
}

const nothing = (): void => undefined;

const TURNS: readonly Turn[] = [
  { name: 'a zone is lost', scenario: SCENARIOS.lost, points: effectsOf, between: nothing },
  { name: 'planned', scenario: SCENARIOS.planned, points: effectsOf, between: nothing },
  {
    name: 'planned, the target does not verify',
    scenario: SCENARIOS.unfit,
    points: effectsOf,
    between: nothing,
  },
  {
    name: 'planned, and the target stops in the middle',
    scenario: SCENARIOS.planned,
    points: undoableEffectsOf,
    between: ({ world }) => world.servers.kill('az-b'),
  },
];

const settledAfter = async (turn: Turn, call: number, second: number | null): Promise<Play | null> => {
  const game = await play(turn.scenario);
  await game.run({ call, when: When.after }, 'died');
  turn.between(game);
  const hasStruck =
    second === null || (await game.reconcileStruck({ call: second, when: When.after })).hasStruck;
  await game.reconcile();
  await game.goAgain();
  return hasStruck ? game : null;
};

describe.each(TURNS)('$name', (turn) => {
  it('is settled to one writer, however the settling dies', async () => {
    const calls = await callsOf(turn.scenario);
    const broken: string[] = [];
    for (const call of turn.points(calls)) {
      for (let second = 1; ; second += 1) {
        const game = await settledAfter(turn, call, second);
        if (game === null) break;
        for (const finding of await game.findings())
          broken.push(`after ${calls[call - 1] ?? ''} (${call}) and call ${second} of settling: ${finding}`);
      }
    }
    expect(broken.join('\n')).toBe('');
  });
});

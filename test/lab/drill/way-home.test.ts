import type { Execution } from '../../../lib/ports/workflows';
import type { Homeward } from '../../../lib/lab/drill/way-home';
import { returnHome } from '../../../lib/lab/drill/way-home';
import { createWorld } from '../../lambdas/ports';

const FAILED: Execution = { status: 'failed', failure: { error: 'Refused', cause: 'the store timed out' } };
const DONE: Execution = { status: 'succeeded', failure: null };

/** A lab whose writer is away, with az-a as its standby, and whose rollbacks end as given. */
const runWith = async (...ends: readonly Execution[]) => {
  const { ports, items } = await createWorld({
    seat: { writer: 'az-b', eligible: 'az-a', cooldownUntilMs: 0 },
  });
  const isHome = (): void =>
    void items.set('seat', { ...items.get('seat'), writer: 'az-a', eligible: 'az-b' });
  const left = [...ends];
  const started: string[] = [];
  const said: string[] = [];
  const workflows = {
    ...ports.workflows,
    start: async (machine: string) => void started.push(machine),
    describe: async () => {
      const end = left.shift() ?? DONE;
      if (end.status === 'succeeded') isHome();
      return end;
    },
  };
  const run = {
    name: 'az-failure-1',
    home: 'az-a',
    lab: { options: { topology: ports.topology } },
    connection: { store: ports.store, workflows },
    say: (line: string) => void said.push(line),
  } as unknown as Homeward;
  return { run, started, said };
};

describe('the way home', () => {
  it('is asked for again when it was undone, and says why', async () => {
    const { run, started, said } = await runWith(FAILED, DONE);
    await returnHome(run);
    expect(started).toEqual(['rollback', 'rollback']);
    expect(said).toEqual([
      'az-failure-1: the way home was undone and is tried again: Error: the rollback failed: the store timed out',
    ]);
  });

  it('is over when whoever took the failed rollback over has finished it', async () => {
    const { run, started } = await runWith(FAILED);
    const takenOver = (): void => void run.connection.workflows.describe('rollback', 'taken over');
    await returnHome({ ...run, say: takenOver });
    expect(started).toEqual(['rollback']);
  });

  it('is given up after three times, with the last reason', async () => {
    const { run, started } = await runWith(FAILED, FAILED, FAILED, FAILED);
    await expect(returnHome(run)).rejects.toThrow('the rollback failed: the store timed out');
    expect(started).toHaveLength(3);
  });
});

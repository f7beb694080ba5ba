import { failover } from '../../lib/cli/move';
import type { MoveOptions } from '../../lib/cli/move';
import type { CopiesReport } from '../../lib/domain/consistency/report';
import { emptyReport } from '../../lib/domain/consistency/report';
import type { VerifyPolicy } from '../../lib/domain/topology';
import { CALM_GRID } from '../domain/decision/world';
import { createWorld, keepLooking, putGrid, rejectionOf } from '../lambdas/ports';
import { answerVerify } from './answer-verify';
import { connectionTo } from './connection-to';
import { recordedOutput } from './recorded-output';

const equal = { ...emptyReport({ store: 'postgres', writer: 'az-a', copy: 'az-b' }), items: 4, chunks: 1 };
const different: CopiesReport = {
  ...equal,
  differences: [{ item: 't id=1', what: 'different', words: null }],
  differencesFound: 1,
};
const unknown: CopiesReport = { ...equal, unknown: [{ part: 't', why: 'timeout' }], unknownFound: 1 };

const moved = async (
  report: CopiesReport,
  beforePlanned: VerifyPolicy['beforePlanned'],
  options: Partial<MoveOptions> = {},
) => {
  const world = await createWorld({ policy: { staleAfterMs: 2_000 } });
  await putGrid(world, CALM_GRID);
  keepLooking(world, CALM_GRID);
  let round = 200;
  const looking = setInterval(() => void putGrid(world, CALM_GRID, (round += 1)), 20);
  answerVerify(world, [report]);
  const topology = { ...world.topology, verify: { ...world.topology.verify, beforePlanned } };
  const { output, notes } = recordedOutput();
  const asked: MoveOptions = { to: 'az-b', planned: true, reason: 'why', timeoutSeconds: 0.3, ...options };
  try {
    // The move itself is never carried out here: the one that is started is followed until the time is up.
    const failed = await rejectionOf(failover({ ...connectionTo(world), topology }, output, asked));
    return { failed, notes, started: world.workflows.started.map(({ machine }) => machine) };
  } finally {
    clearInterval(looking);
  }
};

describe('a planned move', () => {
  it('compares the copies of its stores first, and goes on when they are equal', async () => {
    const { failed, started, notes } = await moved(equal, 'on');
    expect(started).toEqual(['verify', 'failover']);
    expect(failed.name).toBe('StillRunning');
    expect(notes).toContain('  postgres: az-b against the writer az-a, 4 items: equal');
  });

  it('is refused when they differ, and nothing is started', async () => {
    const { failed, started } = await moved(different, 'on');
    expect(started).toEqual(['verify']);
    expect(failed).toMatchObject({ name: 'Refused', code: 'copies-differ' });
  });

  it.each<[VerifyPolicy['beforePlanned'], string]>([
    ['on', 'StillRunning'],
    ['required', 'Refused'],
  ])('on what is not known: %s ends with %s', async (beforePlanned, name) => {
    const { failed, notes } = await moved(unknown, beforePlanned);
    expect(failed.name).toBe(name);
    expect(notes.join('\n')).toContain('1 part not known, e.g. t (timeout)');
  });

  it.each<[string, VerifyPolicy['beforePlanned'], Partial<MoveOptions>]>([
    ['the deployment does not want it', 'off', {}],
    ['it is asked not to', 'on', { skipVerify: true }],
  ])('compares nothing when %s', async (_what, beforePlanned, options) => {
    expect((await moved(different, beforePlanned, options)).started).toEqual(['failover']);
  });
});

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as database from '../../../lib/lab/drill/local-database';
import type { Lab } from '../../../lib/lab/lab';
import * as regionTable from '../../../lib/lab/scenarios/region-table';
import * as runRow from '../../../lib/lab/scenarios/run-row';
import { runTable } from '../../../lib/lab/scenarios/run-table';
import type { Scenario } from '../../../lib/lab/scenarios/scenario';
import { createWorld } from '../../lambdas/ports';

jest.mock('../../../lib/lab/drill/local-database');
jest.mock('../../../lib/lab/scenarios/region-table');
jest.mock('../../../lib/lab/scenarios/run-row');
const { forgetCooldown } = jest.mocked(regionTable);
const { playRow } = jest.mocked(runRow);

const PASSED = { measured: null, differences: [], isWhole: true, evidence: {} };
const rowNamed = (name: string): Scenario =>
  ({ name, fault: 'f', must: 'm', whyNot: async () => null }) as unknown as Scenario;

describe('the table of scenarios', () => {
  const projectFolder = mkdtempSync(join(tmpdir(), 'evt-table-'));
  mkdirSync(join(projectFolder, 'reports'));
  afterAll(() => rmSync(projectFolder, { recursive: true }));
  beforeEach(() => {
    playRow.mockResolvedValue(PASSED);
    jest.mocked(database.askDatabase).mockResolvedValue([]);
  });

  const play = async (ups: readonly Error[]) => {
    const { ports } = await createWorld();
    const calls: string[] = [];
    const failures = [...ups];
    const lab = {
      options: { topology: ports.topology, projectFolder },
      context: () => ({}),
      down: async () => void calls.push('down'),
      up: async () => {
        calls.push('up');
        const failure = failures.shift();
        if (failure !== undefined) throw failure;
      },
    } as unknown as Lab;
    const connection = { store: ports.store, close: () => void calls.push('left') };
    const played = runTable({
      lab,
      rows: [rowNamed('one'), rowNamed('two')],
      order: ['one', 'two'],
      resume: false,
      commit: 'c1',
      enter: async () => ({ connection: connection as never, traffic: ports.traffic }),
      say: () => undefined,
      onResult: () => undefined,
    });
    return { played, calls };
  };

  it('fails a row that could not begin, with the reason, and goes on with a new lab', async () => {
    forgetCooldown.mockRejectedValueOnce(new Error('the Region is away'));
    const { played, calls } = await play([]);
    expect((await played).map(({ name, passed, why }) => [name, passed, why])).toEqual([
      ['one', false, 'not begun: the Region is away'],
      ['two', true, null],
    ]);
    expect(calls).toEqual(['left', 'down', 'up', 'left']);
  });

  it('keeps of a failed row what there is', async () => {
    const marks = join(projectFolder, 'one.marks.jsonl');
    writeFileSync(marks, '{}\n');
    const evidence = { marks, ledger: join(projectFolder, 'never-written.jsonl') };
    playRow.mockResolvedValueOnce({ ...PASSED, differences: ['the load did not begin'], evidence });
    const { played } = await play([]);
    expect((await played).map(({ passed }) => passed)).toEqual([false, true]);
    expect(readdirSync(join(projectFolder, 'reports/scenarios'))).toEqual(['one.marks.jsonl']);
  });

  it('tries a lab that does not come up a second time', async () => {
    playRow.mockResolvedValueOnce({ ...PASSED, isWhole: false });
    const { played, calls } = await play([new Error('the machine is busy')]);
    expect((await played).map(({ passed }) => passed)).toEqual([true, true]);
    expect(calls).toEqual(['left', 'down', 'up', 'down', 'up', 'left']);
  });

  it('ends when it does not come up the second time either', async () => {
    playRow.mockResolvedValueOnce({ ...PASSED, isWhole: false });
    const { played } = await play([new Error('busy'), new Error('still busy')]);
    await expect(played).rejects.toThrow('still busy');
  });
});

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPERATION_MACHINES } from '../../lib/contract/workflows';
import { TRANSITIONS } from '../../lib/domain/protocol/transitions';
import type { Cell } from './crash-table/cell';
import { calmRunOf, cellsOf, NOWHERE } from './crash-table/cell';
import { DOCUMENT, documentOf, REGENERATE } from './crash-table/document';
import type { Arena } from './crash-table/faults';
import { Fault } from './crash-table/faults';
import type { Played } from './crash-table/scenarios';
import { PLAYED } from './crash-table/scenarios';
import { statesOf, strikeOnce, waysGone } from './crash-table/strike';

/** Some thousand executions in all. */
jest.setTimeout(240_000);

const project = join(__dirname, '../..');
const cells: Cell[] = [];

describe.each(PLAYED)('$machine: $name', (scenario) => {
  it('goes through when nothing is wrong', async () => {
    const calm = await calmRunOf(scenario);
    expect(calm.findings).toEqual([]);
    expect(calm.seat.lastOutcome?.result ?? null).toBe(scenario.ends);
  });

  it('ends the same, or in a safe stop, whichever state is struck by whichever fault', async () => {
    const own = await cellsOf(scenario);
    cells.push(...own);
    const broken = own.flatMap((cell) =>
      cell.broken.map((finding) => `${cell.state} × ${cell.fault}: ${finding}`),
    );
    expect(broken.join('\n')).toBe('');
  });
});

describe('the table', () => {
  it('would show what is wrong', async () => {
    const [lost] = PLAYED;
    const shiftBack = {
      name: 'the traffic goes back to a dead zone',
      strike: ({ plain, afterwards }: Arena) => {
        afterwards(() => plain.traffic.shift({ 'az-a': 100, 'az-b': 0 }, 1));
        return {};
      },
    };
    const { findings } = await strikeOnce(lost as Played, NOWHERE, shiftBack);
    expect(findings).toEqual(['traffic goes to az-a, and belongs to {"az-a":0,"az-b":100}']);
  });

  it.each(OPERATION_MACHINES)('strikes every state of %s, every task by every fault', (machine) => {
    for (const [state, { Type }] of statesOf(machine)) {
      const struck = cells.filter((cell) => cell.machine === machine && cell.state === state);
      const faults = new Set(struck.map(({ fault }) => fault));
      const wanted = Type === 'Task' ? Object.values(Fault) : [Fault.aborted];
      expect({ state, faults: [...faults].sort() }).toEqual({ state, faults: [...wanted].sort() });
    }
  });

  it('goes only ways that the protocol has', () => {
    const { advance, 'take-over': takeOver } = TRANSITIONS;
    const ways = [advance, takeOver].flatMap(({ event, ways: known = [] }) =>
      known.map(([from, to]) => `${event}: ${from} → ${to}`),
    );
    expect([...waysGone].sort()).toEqual(ways.sort());
  });

  it('is on record, and printed', () => {
    const good = cells.filter(({ broken }) => broken.length === 0).length;
    mkdirSync(join(project, 'reports'), { recursive: true });
    writeFileSync(join(project, 'reports/crash-points.json'), JSON.stringify(cells, null, 2) + '\n');
    process.stdout.write(`crash points: ${good} of ${cells.length} as specified\n`);
    expect(good).toBe(cells.length);
  });

  it(`is the one in ${DOCUMENT}; after a change of the protocol: ${REGENERATE}`, () => {
    expect(readFileSync(join(project, DOCUMENT), 'utf8')).toBe(documentOf(cells));
  });
});

import type { Coverage } from './catches';
import { catchesIn, unreached } from './catches';

const TEXT = `
const a = () => {
  try {
    risky();
  } catch (error) {
    report(error);
  }
  void later().catch((cause) => report(cause));
  void last().catch(() => undefined);
  void named().catch(failed);
  void handed().catch(options.onLost);
};
const failed = (cause) => {
  report(cause);
};
`;

const at = (line: number, column: number, endLine: number, endColumn: number) => ({
  start: { line, column },
  end: { line: endLine, column: endColumn },
});

const coverage = (counts: {
  readonly block: number;
  readonly later: number;
  readonly last: number;
  readonly named?: number;
  readonly branch?: number;
}): Coverage => ({
  a: {
    path: '/somewhere/lib/a.ts',
    statementMap: { 0: at(4, 4, 4, 12), 1: at(6, 4, 6, 18), 2: at(8, 32, 8, 45), 3: at(14, 2, 14, 16) },
    s: { 0: 1, 1: counts.block, 2: counts.later, 3: counts.named ?? 1 },
    fnMap: { 0: { loc: at(9, 20, 9, 35) } },
    f: { 0: counts.last },
    branchMap: { 0: { locations: [at(14, 2, 14, 16)] } },
    b: { 0: [counts.branch ?? 0] },
  },
});

const linesOf = (runs: readonly Coverage[]) =>
  unreached(catchesIn('lib/a.ts', TEXT), runs).map(({ line }) => line);

describe('handlers of errors', () => {
  it('are found as blocks and as calls', () => {
    expect(catchesIn('lib/a.ts', TEXT).map(({ line, text }) => [line, text])).toEqual([
      [5, '{'],
      [8, '(cause) => report(cause)'],
      [9, '() => undefined'],
      [13, '(cause) => {'],
    ]);
  });

  it('are reached when anything in them ran, in any of the runs', () => {
    expect(linesOf([coverage({ block: 0, later: 0, last: 0 })])).toEqual([5, 8, 9]);
    expect(linesOf([coverage({ block: 2, later: 0, last: 1 })])).toEqual([8]);
    const runs = [coverage({ block: 1, later: 0, last: 0 }), coverage({ block: 0, later: 1, last: 1 })];
    expect(linesOf(runs)).toEqual([]);
  });

  it('are reached where the function of their name ran', () => {
    expect(linesOf([coverage({ block: 1, later: 1, last: 1, named: 0 })])).toEqual([13]);
  });

  it("are reached where V8's coverage has a branch of them that ran: a function without a name", () => {
    expect(linesOf([coverage({ block: 1, later: 1, last: 1, named: 0, branch: 1 })])).toEqual([]);
  });

  it('are not reached in a file that no run knows', () => {
    expect(linesOf([])).toEqual([5, 8, 9, 13]);
  });
});

import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** One handler of an error: a `catch` block, or what a `.catch()` is given. */
export interface Catch {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  /** First and last line of the handler. */
  readonly from: Place;
  readonly to: Place;
}

interface Place {
  readonly line: number;
  readonly column: number;
}

interface Range {
  readonly start: Place;
  readonly end: Place;
}

/** What istanbul writes for a file: `coverage-final.json` of jest. */
export interface FileCoverage {
  readonly path: string;
  readonly statementMap: Readonly<Record<string, Range>>;
  readonly s: Readonly<Record<string, number>>;
  readonly fnMap: Readonly<Record<string, { readonly loc: Range }>>;
  readonly f: Readonly<Record<string, number>>;
  /** Of V8's coverage each function without a name is a branch. */
  readonly branchMap: Readonly<Record<string, { readonly locations: readonly Range[] }>>;
  readonly b: Readonly<Record<string, readonly number[]>>;
}

export type Coverage = Readonly<Record<string, FileCoverage>>;

const isCatchCall = (node: ts.Node): node is ts.CallExpression =>
  ts.isCallExpression(node) &&
  ts.isPropertyAccessExpression(node.expression) &&
  node.expression.name.text === 'catch';

/** The function of this name in the same file: `.catch(failed)`. */
const declared = (source: ts.SourceFile, name: string): ts.Node | undefined => {
  let found: ts.Node | undefined;
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.name.getText(source) === name) found = node.initializer;
    if (ts.isFunctionDeclaration(node) && node.name?.text === name) found = node;
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
};

/** A handler that the caller gave (`.catch(options.onLost)`) is the caller's, and none of this file's. */
const handlerOf = (source: ts.SourceFile, node: ts.Node): ts.Node | undefined => {
  if (ts.isCatchClause(node)) return node.block;
  const given = isCatchCall(node) ? node.arguments[0] : undefined;
  if (given === undefined || ts.isPropertyAccessExpression(given)) return undefined;
  return ts.isIdentifier(given) ? declared(source, given.text) : given;
};

/** Every handler of an error in one file, in the order of its lines. */
export const catchesIn = (file: string, text = readFileSync(file, 'utf8')): readonly Catch[] => {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
  const place = (position: number): Place => {
    const { line, character } = source.getLineAndCharacterOfPosition(position);
    return { line: line + 1, column: character };
  };
  const found: Catch[] = [];
  const visit = (node: ts.Node): void => {
    const handler = handlerOf(source, node);
    if (handler !== undefined) {
      const from = place(handler.getStart(source));
      const to = place(handler.getEnd());
      const [first = ''] = handler.getText(source).split('\n');
      found.push({ file, line: from.line, text: first.trim(), from, to });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
};

const isAfter = (a: Place, b: Place): boolean =>
  a.line > b.line || (a.line === b.line && a.column >= b.column);

const lies = ({ start, end }: Range, { from, to }: Catch): boolean =>
  isAfter(start, from) && isAfter(to, end);

/** Whether any statement or function of the handler ran; undefined when the coverage knows none in it. */
const reachedIn = (coverage: FileCoverage, handler: Catch): boolean | undefined => {
  const counts = [
    ...Object.entries(coverage.statementMap)
      .filter(([, range]) => lies(range, handler))
      .map(([id]) => coverage.s[id] ?? 0),
    ...Object.entries(coverage.fnMap)
      .filter(([, { loc }]) => lies(loc, handler))
      .map(([id]) => coverage.f[id] ?? 0),
    ...Object.entries(coverage.branchMap).flatMap(([id, { locations }]) =>
      locations.flatMap((range, index) => (lies(range, handler) ? [coverage.b[id]?.[index] ?? 0] : [])),
    ),
  ];
  return counts.length === 0 ? undefined : counts.some((count) => count > 0);
};

/** Handlers that no run reached. */
export const unreached = (catches: readonly Catch[], runs: readonly Coverage[]): readonly Catch[] =>
  catches.filter(
    (handler) =>
      !runs.some((run) => {
        const coverage = Object.values(run).find(({ path }) => path.endsWith(`/${handler.file}`));
        return coverage !== undefined && reachedIn(coverage, handler) === true;
      }),
  );

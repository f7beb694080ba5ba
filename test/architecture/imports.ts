import { posix } from 'node:path';
import ts from 'typescript';

export interface SourceText {
  /** From the project's folder, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** One mention of another module, however it is written. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
}

export const parsed = ({ path, text }: SourceText): ts.SourceFile =>
  ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);

export const lineOf = (file: ts.SourceFile, node: ts.Node): number =>
  file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;

/** Every node of a file. */
export const nodesOf = (file: ts.SourceFile): readonly ts.Node[] => {
  const nodes: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    nodes.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return nodes;
};

const isLoad = (node: ts.CallExpression): boolean =>
  node.expression.kind === ts.SyntaxKind.ImportKeyword ||
  (ts.isIdentifier(node.expression) && node.expression.text === 'require') ||
  (ts.isPropertyAccessExpression(node.expression) &&
    ts.isIdentifier(node.expression.expression) &&
    node.expression.expression.text === 'require');

/** The expression that names the module: import, export from, import(), require(), import type('…'), import = require. */
const moduleNamed = (node: ts.Node): ts.Node | undefined => {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal;
  return ts.isCallExpression(node) && isLoad(node) ? node.arguments[0] : undefined;
};

/** What is not a plain text cannot be checked, so it is reported as itself: `(computed)`. */
export const importsOf = (file: ts.SourceFile): readonly Import[] =>
  nodesOf(file).flatMap((node) => {
    const named = moduleNamed(node);
    if (named === undefined) return [];
    const specifier = ts.isStringLiteralLike(named) ? named.text : '(computed)';
    return [{ specifier, line: lineOf(file, named) }];
  });

/** The path a relative specifier points to, without extension; null for a package or a built-in. */
export const pathOf = (from: string, specifier: string): string | null =>
  specifier.startsWith('.') ? posix.normalize(posix.join(posix.dirname(from), specifier)) : null;

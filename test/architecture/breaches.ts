import { builtinModules } from 'node:module';
import ts from 'typescript';
import type { Import, SourceText } from './imports';
import { importsOf, lineOf, nodesOf, parsed, pathOf } from './imports';
import type { Room } from './rooms';
import { RESERVED_PACKAGES, roomOf } from './rooms';

const begins = (specifier: string, name: string): boolean =>
  specifier === name || specifier.startsWith(name.endsWith('/') ? name : `${name}/`);

const isBuiltin = (specifier: string): boolean =>
  specifier.startsWith('node:') || builtinModules.includes(specifier);

const packageFault = (room: Room, specifier: string): string | null => {
  if (isBuiltin(specifier)) return room.builtins ? null : `the built-in ${specifier}`;
  const reserved = Object.entries(RESERVED_PACKAGES).find(([name]) => begins(specifier, name));
  if (reserved !== undefined) {
    return reserved[1].includes(room.name)
      ? null
      : `${specifier}, which only ${reserved[1].join(' and ')} may`;
  }
  const allowed = room.packages.some((name) => name === '*' || begins(specifier, name));
  return allowed ? null : `the package ${specifier}`;
};

/** `lib/engines/postgres/streaming/x.ts` → postgres, streaming. */
const engineOf = (path: string): readonly string[] => path.split('/').slice(2, -1);

/** An engine may use what lies beside or above it in its own component's folder, nothing of a sibling. */
const isSibling = (from: string, to: string): boolean => {
  const [mine, theirs] = [engineOf(from), engineOf(to)];
  return from !== 'lib/engines/registry.ts' && theirs.some((folder, depth) => folder !== mine[depth]);
};

const fileFault = (room: Room, from: string, to: string): string | null => {
  const target = roomOf(`${to}.ts`);
  if (target === undefined) return `${to}, which lies in no room`;
  if (target.name === 'engines' && room.name === 'engines') {
    return isSibling(from, `${to}.ts`) ? `the sibling engine ${to}` : null;
  }
  return target.name === room.name || room.rooms.includes(target.name) ? null : `${to} (${target.name})`;
};

const importFault = (room: Room, from: string, { specifier }: Import): string | null => {
  const to = pathOf(from, specifier);
  return to === null ? packageFault(room, specifier) : fileFault(room, from, to);
};

/** What makes code depend on when or where it runs. */
const IMPURE: readonly string[] = [
  'process',
  'performance',
  'fetch',
  'crypto',
  'console',
  'Buffer',
  'globalThis',
  'require',
  'Promise',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
];
const TIMERS: readonly string[] = ['setTimeout', 'setInterval', 'setImmediate'];
const IMPURE_MEMBERS: readonly string[] = ['Date.now', 'Math.random'];

/** A name that is used as a value, not one that only labels a property or a type. */
const isUse = (node: ts.Identifier): boolean => {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isTypeReferenceNode(parent) || ts.isQualifiedName(parent)) return false;
  return !('name' in parent && parent.name === node) || ts.isShorthandPropertyAssignment(parent);
};

const usedName = (node: ts.Node): string | null => {
  if (ts.isIdentifier(node) && isUse(node)) return node.text;
  if (ts.isPropertyAccessExpression(node)) return node.getText().replaceAll(/\s/g, '');
  if (ts.isElementAccessExpression(node)) {
    const { expression, argumentExpression: key } = node;
    return ts.isStringLiteralLike(key) ? `${expression.getText()}.${key.text}` : null;
  }
  return null;
};

/** `new Date()` and `Date()` read the clock; `new Date(ms)` does not. */
const readsClock = (node: ts.Node): boolean =>
  (ts.isNewExpression(node) || ts.isCallExpression(node)) &&
  node.expression.getText() === 'Date' &&
  (ts.isCallExpression(node) || (node.arguments ?? []).length === 0);

const waits = (node: ts.Node): boolean =>
  ts.isAwaitExpression(node) || node.kind === ts.SyntaxKind.AsyncKeyword;

const domainFault = (node: ts.Node): string | null => {
  if (readsClock(node)) return 'reads the clock by Date';
  if (waits(node)) return 'is asynchronous';
  const used = usedName(node);
  return used !== null && (IMPURE.includes(used) || IMPURE_MEMBERS.includes(used)) ? `uses ${used}` : null;
};

const MAY_READ_ENVIRONMENT: readonly string[] = ['contract', 'lab', 'cli', 'bin', 'app', 'bench'];

const globalFault = (room: Room, node: ts.Node): string | null => {
  if (room.name === 'domain') return domainFault(node);
  const used = usedName(node);
  if (used === 'process.env' && !MAY_READ_ENVIRONMENT.includes(room.name)) return 'reads process.env';
  return room.name === 'asl' && used !== null && TIMERS.includes(used) ? `uses the timer ${used}` : null;
};

/** Every breach of the room table in a file: where, and what. */
export const breachesIn = (source: SourceText): readonly string[] => {
  const room = roomOf(source.path);
  if (room === undefined) return [`${source.path}: lies in no room`];
  const file = parsed(source);
  const where = (line: number): string => `${source.path}:${line}: ${room.name}`;
  const imports = importsOf(file).flatMap((found) => {
    const fault = importFault(room, source.path, found);
    return fault === null ? [] : [`${where(found.line)} imports ${fault}`];
  });
  const globals = nodesOf(file).flatMap((node) => {
    const fault = globalFault(room, node);
    return fault === null ? [] : [`${where(lineOf(file, node))} ${fault}`];
  });
  return [...imports, ...new Set(globals)];
};

const HANDLER_LINES = 40;

export const handlerBreaches = ({ path, text }: SourceText, known: readonly string[]): readonly string[] => {
  const [, folder] = /^lambdas\/([^/]+)\/handler\.ts$/.exec(path) ?? [];
  if (folder === undefined || folder === 'shared') return [];
  const lines = text.trimEnd().split('\n').length;
  return [
    ...(lines > HANDLER_LINES ? [`${path}: ${lines} lines, at most ${HANDLER_LINES} allowed`] : []),
    ...(known.includes(folder)
      ? []
      : [`${path}: ${folder} is no state and no trigger of lib/contract/workflows.ts`]),
  ];
};

/** Places that exist only on the machine where this was written. */
const ELSEWHERE: readonly RegExp[] = [
  /\.\.\/shared\/(?:design|style|facts|lab|experiments|bench|hooks)\b/,
  /(?<![\w.\-/}])\/(?:work|root|Users)\/[\w.-]+/,
  /(?<![\w.\-/}])\/home\/[\w.-]+/,
];

export const mentionBreaches = ({ path, text }: SourceText): readonly string[] =>
  text.split('\n').flatMap((line, index) => {
    const found = ELSEWHERE.map((pattern) => pattern.exec(line)?.[0]).find((match) => match !== undefined);
    return found === undefined ? [] : [`${path}:${index + 1}: mentions ${found}`];
  });

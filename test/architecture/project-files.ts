import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import type { SourceText } from './imports';

export const projectFolder = resolve(__dirname, '../..');

const NOT_OURS = new Set([
  'node_modules',
  '.git',
  '.cache',
  'cdk.out',
  'build',
  'reports',
  'coverage',
  '__pycache__',
]);
const TEXT = /\.(ts|mjs|cjs|js|json|ya?ml|md|py|txt|sh)$|(^|\/)\.ci\/run$/;

const walk = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (NOT_OURS.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(path) : [path];
  });

const read = (path: string): SourceText => ({
  path: relative(projectFolder, path).split(sep).join('/'),
  text: readFileSync(path, 'utf8'),
});

/** Every text file of the project. */
export const projectTexts = (): readonly SourceText[] =>
  walk(projectFolder)
    .filter((path) => TEXT.test(path))
    .map(read);

/** The TypeScript that the room table is about. */
export const isCode = ({ path }: SourceText): boolean => /^(lib|lambdas|bin|bench)\/.*\.ts$/.test(path);

import { globSync, readFileSync } from 'node:fs';
import type { Coverage } from './catches';
import { catchesIn, unreached } from './catches';

/**
 * Lists every handler of an error that no test reached. `npm run catches` runs it with one `coverage-final.json` a run:
 * `node --import tsx test/catches/main.ts coverage/{unit,real,processes}/coverage-final.json`.
 */
const main = (files: readonly string[]): void => {
  const runs = files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Coverage);
  const sources = ['lib', 'lambdas', 'bin'].flatMap((folder) => globSync(`${folder}/**/*.ts`)).sort();
  const catches = sources.flatMap((file) => catchesIn(file));
  const left = unreached(catches, runs);
  for (const { file, line, text } of left) process.stdout.write(`${file}:${line}  ${text}\n`);
  process.stdout.write(
    `${catches.length - left.length} of ${catches.length} handlers of errors were reached\n`,
  );
  process.exitCode = left.length === 0 ? 0 : 1;
};

main(process.argv.slice(2));

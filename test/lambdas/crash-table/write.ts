import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cell } from './cell';
import { cellsOf } from './cell';
import { DOCUMENT, documentOf } from './document';
import { PLAYED } from './scenarios';

/** Draws docs/crash-points.md anew. */
const write = async (): Promise<void> => {
  const cells: Cell[] = [];
  for (const scenario of PLAYED) cells.push(...(await cellsOf(scenario)));
  writeFileSync(join(__dirname, '../../..', DOCUMENT), documentOf(cells));
};

void write();

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

const rootAbove = (folder: string): string => {
  if (existsSync(join(folder, 'cdk.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error(`no cdk.json above ${__dirname}: run evac from its own checkout`);
  return rootAbove(parent);
};

/** The checkout that this CLI runs from, wherever it is called from. */
export const projectFolder = rootAbove(__dirname);

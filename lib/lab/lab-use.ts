import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { fieldOf } from '../engines/network-failure';
import { LabInUse } from './lab-errors';
import { identify, isRunning } from './process-identity';

const use = z.object({ what: z.string(), pid: z.int(), startTicks: z.number() });

/** Null: nobody, or somebody who has ended since, or a file that says nothing. */
const userBy = (file: string): z.infer<typeof use> | null => {
  try {
    const found = use.parse(JSON.parse(readFileSync(file, 'utf8')));
    return isRunning(found) ? found : null;
  } catch {
    return null;
  }
};

const take = (file: string, what: string): void => {
  const self = identify(process.pid);
  writeFileSync(file, JSON.stringify({ what, ...self }), { flag: 'wx' });
};

const takeOrRefuse = (file: string, what: string): void => {
  try {
    take(file, what);
  } catch (error) {
    if (fieldOf(error, 'code') !== 'EEXIST') throw error;
    const user = userBy(file);
    if (user !== null)
      throw new LabInUse(
        `a ${user.what} plays in this lab (process ${user.pid}); nothing was started. Wait for its end, or end it, and try again`,
      );
    rmSync(file, { force: true });
    take(file, what);
  }
};

/**
 * One drill or table at a time in a lab: they empty its stores, lose its zones and end it, each as if it were alone.
 * @param file beside the lab, which may not be there yet
 * @throws LabInUse naming who
 */
export async function whileUsing<T>(file: string, what: string, act: () => Promise<T>): Promise<T> {
  takeOrRefuse(file, what);
  const free = (): void => rmSync(file, { force: true });
  // Who is interrupted exits from where it stands.
  process.once('exit', free);
  try {
    return await act();
  } finally {
    process.off('exit', free);
    free();
  }
}

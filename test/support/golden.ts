import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');

/**
 * A text as a person once read and accepted it, kept as a file. EVAC_GOLDEN=write accepts what is there now: read the
 * difference before you commit it.
 */
export function expectAccepted(path: string, text: string): void {
  const file = join(root, path);
  const isAccepting = process.env['EVAC_GOLDEN'] === 'write' && process.env['CI'] === undefined;
  if (isAccepting) writeFileSync(file, text);
  expect(existsSync(file) ? readFileSync(file, 'utf8') : `${path} is missing`).toBe(text);
}

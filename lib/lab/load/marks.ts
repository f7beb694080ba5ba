import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { DamagedState } from '../../domain/errors';
import { instantNow } from './instant';

const MARK = z.object({
  /** 'fault', 'healed', 'rollback' … */
  name: z.string(),
  scenario: z.string(),
  detail: z.string(),
  atMs: z.number(),
  monoMs: z.number(),
});
export type Mark = Readonly<z.infer<typeof MARK>>;

export type MarkText = Pick<Mark, 'name' | 'scenario' | 'detail'>;

/**
 * Notes an instant of the drill beside the ledger, on the ledger's two clocks: now, or the instant given (a fault is
 * noted by the clock of what injected it).
 */
export const appendMark = (path: string, text: MarkText, instant = instantNow()): Mark => {
  const mark = { ...text, ...instant };
  appendFileSync(path, `${JSON.stringify(mark)}\n`);
  return mark;
};

/** All marks in the order in which they were made. @throws DamagedState for a line that is no mark. */
export const readMarks = (path: string): readonly Mark[] => {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  try {
    return lines.map((line) => MARK.parse(JSON.parse(line)));
  } catch (cause) {
    throw new DamagedState(`${path}: holds a line that is not a mark`, { cause });
  }
};

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { LabNotUp } from './lab-errors';
import type { LabLayout } from './layout';

const schema = z.object({
  lab: z.string(),
  configFile: z.string(),
  /** The emulator through the machine's loopback. */
  endpoint: z.url(),
  startedAtMs: z.number(),
  /** False until every part was seen to work; `lab up` that was interrupted leaves it false. */
  ready: z.boolean(),
});
export type LabFile = z.infer<typeof schema>;

const pathOf = (layout: LabLayout): string => join(layout.folder, 'lab.json');

export const writeLabFile = (layout: LabLayout, file: LabFile): void =>
  writeFileSync(pathOf(layout), `${JSON.stringify(file, null, 2)}\n`);

/** What is known of a lab that is up; null when there is none. @throws LabNotUp when its file is damaged */
export const readLabFile = (layout: LabLayout): LabFile | null => {
  const path = pathOf(layout);
  if (!existsSync(path)) return null;
  const parsed = schema.safeParse(parseJson(readFileSync(path, 'utf8')));
  if (parsed.success) return parsed.data;
  throw new LabNotUp(`${path} is damaged; end the lab with: evac lab down`);
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

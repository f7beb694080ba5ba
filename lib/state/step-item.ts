import * as z from 'zod';
import type { StepRecord } from '../ports/state-store';
import { SORT_KEY, stepKey } from './keys';
import type { Item } from './parse-item';
import { jsonText, parseItem } from './parse-item';

const stepSchema = z.object({
  epoch: z.int().nonnegative(),
  name: z.string().min(1),
  status: z.enum(['done', 'failed']),
  startedAtMs: z.number(),
  endedAtMs: z.number(),
  detail: jsonText.pipe(z.record(z.string(), z.unknown())),
});

/** @throws DamagedState */
export const stepOf = (item: Item): StepRecord => parseItem(stepSchema, item);

export const stepItem = (step: StepRecord): Item => ({
  ...step,
  [SORT_KEY]: stepKey(step.epoch, step.name),
  detail: JSON.stringify(step.detail),
});

import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { DamagedState } from '../../domain/errors';
import type { LineFile } from '../load/line-file';
import { createLineFile } from '../load/line-file';
import { ATTEMPT } from './writer-session';

const ANSWER = z.object({
  id: z.string(),
  /** The zone whose server answered, or broke the connection off. */
  server: z.string(),
  /** CLOCK_MONOTONIC: the same for all processes of this machine. */
  openedMonoMs: z.number(),
  startedMonoMs: z.number(),
  monoMs: z.number(),
  outcome: z.enum(ATTEMPT),
});
/** What became of a write, over a connection that was opened then: every acknowledgement, and whatever was waited for long. */
export type Answer = Readonly<z.infer<typeof ANSWER>>;
/** A write that a server acknowledged to a client. */
export type Ack = Pick<Answer, 'id' | 'server' | 'startedMonoMs' | 'monoMs'>;

export type AnswerRecord = LineFile<Answer>;

/** A writer that is started again after its zone was killed goes on in the same file. */
export const createAnswerRecord = (path: string): AnswerRecord => createLineFile(path);

const parseLine = (path: string, line: string): Answer => {
  try {
    return ANSWER.parse(JSON.parse(line));
  } catch (cause) {
    throw new DamagedState(`${path}: not an answer to a write: ${line.slice(0, 120)}`, { cause });
  }
};

/** All that one writer recorded so far, whole lines only; nothing when it never began. @throws DamagedState */
export const readAnswers = (path: string): readonly Answer[] =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => parseLine(path, line))
    : [];

export const acksAmong = (answers: readonly Answer[]): readonly Ack[] =>
  answers.filter(({ outcome }) => outcome === ATTEMPT.acknowledged);

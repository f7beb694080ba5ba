import { randomUUID } from 'node:crypto';
import type { Progress } from '../../../domain/copier/cursor';
import { DeadlineExceeded, EvacError } from '../../../domain/errors';
import type { ZoneId } from '../../../domain/topology';
import type { Effect, LevelReport } from '../../../ports/engine';
import type { Deadline } from '../../deadline';
import { pollUntil, startDeadline } from '../../deadline';
import { requireWriter, underEpoch } from './under-epoch';
import type { ZoneStore, ZoneStores } from './zone-stores';

const lookEveryMs = 20;

/** A writer's place is how often it was turned to; a standby's, what has been copied since. */
export const positionOf = ({ sweeps, objects }: Progress): string => `${sweeps}:${objects}`;

const progressOf = async (store: ZoneStore, deadline: Deadline): Promise<Progress | null> => {
  try {
    return (await store.cursor.read(deadline)).cursor.progress;
  } catch (error) {
    if (error instanceof EvacError && error.retryable) return null;
    throw error;
  }
};

/** Written into the writer's cursor: a sweep that begins later and has brought everything it found says this mark again. */
export async function setMark(store: ZoneStore, effect: Effect, deadline: Deadline): Promise<string> {
  const mark = `e${effect.epoch}-${randomUUID()}`;
  await underEpoch(store, effect, deadline, {
    change: (cursor) => {
      requireWriter(cursor);
      return { ...cursor, mark };
    },
    act: async () => undefined,
  });
  return mark;
}

/** @throws DeadlineExceeded while the copier has not brought everything that was there at the mark. */
export const waitDrained = (
  standby: ZoneStore,
  mark: string,
  deadline: Deadline,
  seen: (progress: Progress) => void = () => undefined,
): Promise<true> =>
  pollUntil(
    deadline,
    { what: `everything to be copied to ${standby.zone}`, everyMs: lookEveryMs },
    async () => {
      const progress = await progressOf(standby, deadline);
      if (progress !== null) seen(progress);
      return progress?.drained === mark ? true : null;
    },
  );

/**
 * See `Engine.waitUntilLevel`: the copier is drained. Never an error for a silent store or a passed deadline, `level: false`
 * with what is known.
 */
export async function waitUntilLevel(
  stores: ZoneStores,
  from: ZoneId,
  to: ZoneId,
  effect: Effect,
): Promise<LevelReport> {
  const deadline = startDeadline(effect.deadlineMs);
  const [writer, standby] = [stores.at(from), stores.at(to)];
  let mark: string | null = null;
  let progress: Progress | null = null;
  try {
    // A silent writer takes half of the time at most: what the other side has is wanted in any case.
    mark = await setMark(writer, effect, deadline.atMost(effect.deadlineMs / 2));
    await waitDrained(standby, mark, deadline, (now) => (progress = now));
    return reportOf(mark, progress, true);
  } catch (error) {
    if (!(error instanceof EvacError) || !error.retryable) throw error;
    return reportOf(mark, progress ?? (await progressOf(standby, deadline)), false);
  }
}

const reportOf = (mark: string | null, progress: Progress | null, level: boolean): LevelReport => ({
  level,
  writerPosition: mark,
  standbyPosition: progress === null ? null : positionOf(progress),
  bytesBehind: level ? 0 : mark === null ? null : (progress?.pendingBytes ?? null),
});

/** As DeadlineExceeded whatever it was that was not there in time. */
export async function untilDeadline<T>(deadline: Deadline, what: string, act: () => Promise<T>): Promise<T> {
  return pollUntil(deadline, { what, everyMs: lookEveryMs }, async () => {
    try {
      return await act();
    } catch (error) {
      if (error instanceof EvacError && error.retryable && !(error instanceof DeadlineExceeded)) return null;
      throw error;
    }
  });
}

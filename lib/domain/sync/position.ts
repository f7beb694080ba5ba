import type { Source } from './source';

/** How far a server is in one history; only positions of the same history compare. */
interface Position {
  readonly history: string;
  readonly at: number;
}

const numberAt = (text: string, history: string): Position | null =>
  /^\d+$/.test(text) ? { history, at: Number(text) } : null;

/** An LSN: two hexadecimal numbers, the first one the high 32 bits. */
const lsn = (text: string): Position | null => {
  const [, high, low] = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text) ?? [];
  if (high === undefined || low === undefined) return null;
  return { history: '', at: parseInt(high, 16) * 2 ** 32 + parseInt(low, 16) };
};

const replicationOffset = (text: string): Position | null => {
  const colon = text.indexOf(':');
  return numberAt(text.slice(colon + 1), text.slice(0, Math.max(0, colon)));
};

const READ: Readonly<Record<Source, (text: string) => Position | null>> = {
  postgres: lsn,
  redis: replicationOffset,
  kafka: (text) => numberAt(text, ''),
  // The writer's place is not numbered as the copy's is: its copier tells the lag instead.
  objects: () => null,
};

/** From `before` to `after` in the store's own unit; below 0: further behind. Null: not known, or not comparable. */
export const distance = (source: Source, before: string | null, after: string | null): number | null => {
  if (before === null || after === null) return null;
  const [one, other] = [READ[source](before), READ[source](after)];
  return one === null || other === null || one.history !== other.history ? null : other.at - one.at;
};

import type { ZoneId } from '../../domain/topology';
import type { Ack, Answer } from '../zone-writer/ack-record';

/** What became of the writes that servers acknowledged to the clients inside the zones. */
export interface ZoneWrites {
  readonly acknowledged: number;
  readonly byServer: Readonly<Record<ZoneId, number>>;
  /** Acknowledged, and not in the surviving history. */
  readonly lostIds: readonly string[];
  /**
   * For how long one server acknowledged writes that the surviving history does not have while the other acknowledged
   * writes, too; a single such write counts as a millisecond.
   */
  readonly twoWriterMs: number;
}

/** Acknowledgements of one server that follow each other within this are one stretch of it being a writer. */
const STRETCH_GAP_MS = 1_000;

export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

const stretchesOf = (instantsMs: readonly number[]): readonly Stretch[] => {
  const stretches: Stretch[] = [];
  for (const atMs of [...instantsMs].sort((a, b) => a - b)) {
    const last = stretches.at(-1);
    if (last !== undefined && atMs - last.toMs <= STRETCH_GAP_MS)
      stretches[stretches.length - 1] = { ...last, toMs: atMs };
    else stretches.push({ fromMs: atMs, toMs: atMs });
  }
  return stretches;
};

const serversIn = (acks: readonly Ack[]): readonly ZoneId[] => [...new Set(acks.map(({ server }) => server))];

/** The length of what lies inside a stretch; something that does is never nothing. */
const spanWithin = ({ fromMs, toMs }: Stretch, instantsMs: readonly number[]): number => {
  const inside = instantsMs.filter((atMs) => atMs >= fromMs && atMs <= toMs);
  if (inside.length === 0) return 0;
  const [first, last] = inside.reduce<[number, number]>(
    ([low, high], atMs) => [Math.min(low, atMs), Math.max(high, atMs)],
    [Infinity, -Infinity],
  );
  return Math.max(1, Math.ceil(last - first));
};

const overlapOf = (acks: readonly Ack[], missing: readonly Ack[]): number => {
  const overlaps = serversIn(missing).map((server) => {
    const lostAtMs = missing.filter((ack) => ack.server === server).map(({ monoMs }) => monoMs);
    const others = acks.filter((ack) => ack.server !== server).map(({ monoMs }) => monoMs);
    return stretchesOf(others).reduce((sum, stretch) => sum + spanWithin(stretch, lostAtMs), 0);
  });
  return Math.max(0, ...overlaps);
};

/** The longest time within a stretch in which this server acknowledged nothing to anybody in a zone. */
export const longestGapMs = (acks: readonly Ack[], server: ZoneId, { fromMs, toMs }: Stretch): number => {
  const inside = acks.filter((ack) => ack.server === server && ack.monoMs > fromMs && ack.monoMs < toMs);
  const instants = [...inside.map(({ monoMs }) => monoMs).sort((a, b) => a - b), toMs];
  return instants.reduce((worst, atMs, i) => Math.max(worst, atMs - (instants[i - 1] ?? fromMs)), 0);
};

/** Writes over connections that were opened before a fault, and whose end was heard only after the server's return. */
export const heldThrough = (
  answers: readonly Answer[],
  server: ZoneId,
  { fromMs, toMs }: Stretch,
): readonly Answer[] =>
  answers.filter((each) => each.server === server && each.openedMonoMs < fromMs && each.monoMs > toMs);

/** Compares every acknowledgement with the history that survived; the writers have to have ended before it was read. */
export const compareZoneWrites = (acks: readonly Ack[], surviving: ReadonlySet<string>): ZoneWrites => {
  const missing = acks.filter(({ id }) => !surviving.has(id));
  return {
    acknowledged: acks.length,
    byServer: Object.fromEntries(
      serversIn(acks).map((server) => [server, acks.filter((ack) => ack.server === server).length]),
    ),
    lostIds: missing.map(({ id }) => id),
    twoWriterMs: overlapOf(acks, missing),
  };
};

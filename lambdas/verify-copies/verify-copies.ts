import { gravestVerdict } from '../../lib/domain/consistency/record';
import type { CopiesReport, CopiesVerdict } from '../../lib/domain/consistency/report';
import {
  addUnknown,
  emptyReport,
  mergeReports,
  sentenceOn,
  verdictOnCopies,
} from '../../lib/domain/consistency/report';
import type { Seat } from '../../lib/domain/protocol/seat';
import { movesWriter, placeOf } from '../../lib/domain/protocol/seat';
import type { Store } from '../../lib/domain/topology';
import { dataZones, storesOf } from '../../lib/domain/topology';
import type { CopyAudit, CopyPair, CopyReader } from '../../lib/ports/consistency';
import type { Ports } from '../shared/ports';
import { readSeat } from '../shared/seat-access';
import type { StoreSlice } from './compare-store';
import { compareStore } from './compare-store';
import { startLimits } from './comparison';
import { parseRequest } from './parse-request';

/** A slice ends before its task is timed out (60 s), whatever the servers do. */
const TIMES = { beginForMs: 30_000, endAfterMs: 52_000, requestMs: 20_000 };

/** What one slice hands to the next; the last one's is the execution's result. */
export interface VerifyProgress {
  readonly done: 'yes' | 'no';
  readonly epoch: number;
  readonly startedAtMs: number;
  /** The first one is being compared. */
  readonly left: readonly Store[];
  readonly after: unknown;
  /** Of those that are done, and what there is of the one in work. */
  readonly reports: readonly CopiesReport[];
  readonly verdict: CopiesVerdict;
  readonly sentence: string;
}

export interface VerifyInput {
  readonly request: unknown;
  readonly execution: string;
  readonly progress: VerifyProgress | { readonly done: 'no' };
}

/** @throws InvalidRequest */
const begin = (input: VerifyInput, ports: Ports, seat: Seat, nowMs: number): VerifyProgress => {
  if ('left' in input.progress) return input.progress;
  const { stores } = parseRequest(input.request, ports.topology);
  const left = stores ?? storesOf(ports.topology);
  const nothing = { reports: [], verdict: 'unknown', sentence: 'not begun' } as const;
  return { done: 'no', epoch: seat.epoch, startedAtMs: nowMs, left, after: null, ...nothing };
};

/** The other data zone follows the writer, proven or not; whether it does is asked of the servers. */
const pairOf = (ports: Ports, seat: Seat, store: Store): CopyPair => {
  const { writer } = placeOf(seat, store);
  const copy = dataZones(ports.topology).find((zone) => zone !== writer) ?? writer;
  return { writer, copy };
};

const readerOf = ({ copies }: Ports, store: Store): CopyReader | CopyAudit | undefined => copies[store];

/** Why no slice may be begun any more; null = one may. */
const obstacle = (ports: Ports, seat: Seat, progress: VerifyProgress, nowMs: number): string | null => {
  const { operation } = seat;
  const [store] = progress.left;
  if (
    operation !== null &&
    movesWriter(operation.kind) &&
    store !== undefined &&
    operation.stores.includes(store)
  )
    return `a ${operation.kind} holds the seat (epoch ${operation.epoch})`;
  const { timeLimitMs } = ports.topology.verify;
  return nowMs - progress.startedAtMs < timeLimitMs
    ? null
    : `the time limit of ${timeLimitMs / 60_000} min has passed (verify.timeLimitMinutes)`;
};

const sliceBy = (
  { clock }: Ports,
  reader: CopyReader | CopyAudit,
  pair: CopyPair,
  after: unknown,
): Promise<StoreSlice> =>
  'audit' in reader
    ? reader.audit(pair, after, TIMES.endAfterMs)
    : compareStore({ reader, pair, clock, limits: startLimits(clock, TIMES) }, after);

/** One slice of the store in work. */
const takeSlice = async (
  ports: Ports,
  seat: Seat,
  progress: VerifyProgress,
  store: Store,
): Promise<StoreSlice> => {
  const pair = pairOf(ports, seat, store);
  const begun = progress.reports.find((report) => report.store === store);
  const so = begun ?? emptyReport({ store, ...pair });
  const moved = so.writer === pair.writer ? null : `the writer is in ${pair.writer} by now`;
  const reader = readerOf(ports, store);
  const why = moved ?? obstacle(ports, seat, progress, await ports.store.nowMs());
  if (why !== null) return { report: addUnknown(so, { part: 'what was not compared yet', why }), next: null };
  if (reader === undefined)
    return {
      report: addUnknown(so, { part: 'all of it', why: `nothing compares ${store} yet` }),
      next: null,
    };
  const slice = await sliceBy(ports, reader, pair, progress.after);
  return { report: mergeReports(so, slice.report), next: slice.next };
};

const keep = async (
  ports: Ports,
  { epoch, startedAtMs }: VerifyProgress,
  execution: string,
  report: CopiesReport,
): Promise<void> => {
  const endedAtMs = await ports.store.nowMs();
  await ports.store.writeCopies({ epoch, execution, startedAtMs, endedAtMs, report });
  ports.log.info('copies were compared', { verdict: verdictOnCopies(report), sentence: sentenceOn(report) });
};

/**
 * Compares the copies of each store, a slice a call; each store's result is on record as soon as it is whole. It holds no seat
 * and changes nothing in any store.
 * @throws InvalidRequest; Unreachable when the state store does not answer
 */
export const verifyCopies = async (input: VerifyInput, ports: Ports): Promise<VerifyProgress> => {
  const seat = await readSeat(ports);
  const progress = begin(input, ports, seat, await ports.store.nowMs());
  const [store, ...later] = progress.left;
  if (store === undefined) return { ...progress, done: 'yes' };
  const { report, next } = await takeSlice(ports, seat, progress, store);
  const reports = [...progress.reports.filter((each) => each.store !== store), report];
  const isWhole = next === null;
  if (isWhole) await keep(ports, progress, input.execution, report);
  const left = isWhole ? later : progress.left;
  return {
    ...progress,
    done: left.length === 0 ? 'yes' : 'no',
    left,
    after: next,
    reports,
    verdict: gravestVerdict(reports.map(verdictOnCopies)),
    sentence: reports.map(sentenceOn).join('; '),
  };
};

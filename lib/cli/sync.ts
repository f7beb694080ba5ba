import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidRequest, Refused } from '../domain/errors';
import type { SyncSample } from '../domain/sync/sample';
import type { SyncReport } from '../domain/sync/report';
import { syncReport } from '../domain/sync/report';
import { SOURCE_NAME } from '../domain/sync/source';
import { waitingFor } from '../domain/sync/waiting';
import { syncText } from '../domain/sync/words';
import type { Store } from '../domain/topology';
import { STORE_LABEL, storesOf } from '../domain/topology';
import { StillRunning } from './cli-errors';
import type { Connection } from './connection';
import type { Output } from './output';
import { requireSeat } from './snapshot';

const POLL_MS = 250;

/** By either name: `postgres` or `postgresql`. */
export interface SourceOptions {
  readonly source?: readonly string[];
  readonly json?: boolean;
}

/** @throws InvalidRequest for one that this deployment does not have */
export const sourcesFor = (
  { topology }: Connection,
  asked: readonly string[] | undefined,
): readonly Store[] => {
  const known = storesOf(topology);
  if (asked === undefined) return known;
  return asked.map((name) => {
    const found = known.find((store) => store === name || SOURCE_NAME[store] === name);
    if (found !== undefined) return found;
    throw new InvalidRequest(
      `--source ${name}: this deployment has ${known.map((store) => SOURCE_NAME[store]).join(', ')}`,
    );
  });
};

/** What the newest samples and the seat say now. */
export const readSync = async (connection: Connection): Promise<SyncReport> => {
  const { store, topology } = connection;
  const [seat, samples] = await Promise.all([requireSeat(connection), store.readSamples(storesOf(topology))]);
  return syncReport({ topology, seat, samples, nowMs: await store.nowMs() });
};

export interface SyncStatusOptions {
  readonly json?: boolean;
  /** So many pages of history (ten seconds each) of every source. */
  readonly history?: number;
}

const historyOf = async (
  { store, topology }: Connection,
  pages: number | undefined,
): Promise<{ readonly history?: Readonly<Record<string, readonly SyncSample[]>> }> => {
  if (pages === undefined) return {};
  const found = await Promise.all(
    storesOf(topology).map(async (each) => [SOURCE_NAME[each], await store.newestSamples(each, pages)]),
  );
  return { history: Object.fromEntries(found) as Readonly<Record<string, readonly SyncSample[]>> };
};

const historyLine = ({ store, atMs, lagSeconds, behind, perSecond, error }: SyncSample): string =>
  `  ${new Date(atMs).toISOString()} ${store.padEnd(9)} lag ${lagSeconds ?? 'unknown'} s  behind ${behind ?? 'unknown'}  ` +
  `${perSecond === null ? 'unknown' : Math.round(perSecond)}/s${error === null ? '' : `  ${error}`}`;

/** How far every copy is behind, and why it is called what it is. Changes nothing. */
export const syncStatus = async (
  connection: Connection,
  output: Output,
  options: SyncStatusOptions,
): Promise<void> => {
  const report = await readSync(connection);
  const past = await historyOf(connection, options.history);
  const lines = Object.values(past.history ?? {}).flatMap((samples) => samples.map(historyLine));
  output.result(
    options.json === true
      ? JSON.stringify({ ...report, ...past }, null, 2)
      : [syncText(report), ...lines].join('\n'),
  );
};

export interface SyncWaitOptions extends SourceOptions {
  readonly timeoutSeconds: number;
}

const refuseHeld = ({ held }: ReturnType<typeof waitingFor>): void => {
  const [first] = held;
  if (first?.held === null || first === undefined) return;
  throw new Refused(
    'sync-held',
    `sync of ${STORE_LABEL[first.component]} was ${first.held.how} by ${first.held.by} since ${first.held.since} (${first.held.reason}): ` +
      `it does not come back by itself; evac sync resume --source ${SOURCE_NAME[first.component]} brings it back`,
  );
};

/**
 * Waits until every source asked for is in sync, saying each change of what it waits for.
 * @throws Refused `sync-held` when a person keeps one away, StillRunning past the deadline
 */
export const syncWait = async (
  connection: Connection,
  output: Output,
  options: SyncWaitOptions,
): Promise<void> => {
  const stores = sourcesFor(connection, options.source);
  const endMs = performance.now() + options.timeoutSeconds * 1000;
  let said = '';
  for (;;) {
    const report = await readSync(connection);
    const waiting = waitingFor(report, stores);
    if (waiting.for.length === 0)
      return output.result(options.json === true ? JSON.stringify(report, null, 2) : syncText(report));
    refuseHeld(waiting);
    const sentence = `waiting for ${waiting.for.join('; ')}`;
    if (performance.now() >= endMs)
      throw new StillRunning(
        `${sentence}, after ${options.timeoutSeconds} s; look again with evac sync status`,
      );
    const gist = waiting.for.map((line) => line.split(':')[0]).join();
    if (gist !== said) output.note(sentence);
    said = gist;
    await sleep(POLL_MS);
  }
};

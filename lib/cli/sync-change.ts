import { userInfo } from 'node:os';
import { ulid } from 'ulid';
import type { SyncRequest } from '../contract/payload';
import { InvalidRequest } from '../domain/errors';
import { placeOf } from '../domain/protocol/seat';
import { copyZone } from '../domain/sync/report';
import type { SyncStep, SyncVerb } from '../domain/sync/steps';
import { HOLD_OF, isTold, nextSyncStep, refuseVerb } from '../domain/sync/steps';
import { syncText } from '../domain/sync/words';
import type { Store } from '../domain/topology';
import { STORE_LABEL } from '../domain/topology';
import type { Connection } from './connection';
import { followExecution } from './follow-execution';
import type { Output } from './output';
import { requireSeat } from './snapshot';
import type { SourceOptions } from './sync';
import { readSync, sourcesFor } from './sync';

export interface SyncChangeOptions extends SourceOptions {
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly timeoutSeconds: number;
}

/** What is let go needs no reason of its own: it ends another's. */
const reasonFor = (verb: SyncVerb, { reason }: SyncChangeOptions): string => {
  if (reason !== undefined && reason.trim() !== '') return reason;
  if (HOLD_OF[verb] === undefined) return verb;
  throw new InvalidRequest(
    '--reason is missing: say why, it is kept with the mark and shown while it stands',
  );
};

const SAYS: Readonly<Record<SyncStep['do'], string>> = {
  degrade: 'the seat would say that its copy is not eligible, then the copy would be kept away',
  'let-go': 'the mark would be taken away, and the copy brought back',
  rejoin: 'its copy would be brought back by a rejoin',
  wait: 'the seat is held now; it would be waited for',
  done: 'nothing to do',
  fail: 'nothing to do',
};

const wouldDo = async (connection: Connection, verb: SyncVerb, stores: readonly Store[]) => {
  const seat = await requireSeat(connection);
  const { operation, lastOutcome } = seat;
  return stores.map((store) => {
    const place = placeOf(seat, store);
    const copy = copyZone(connection.topology, place.writer);
    const facts = { verb, store, place, copy, operation, lastOutcome, request: '', claimed: null };
    const step = nextSyncStep(facts);
    return { store, step, sentence: `${STORE_LABEL[store]}: ${SAYS[step.do]}` };
  });
};

/**
 * Has the machine `sync` do it and follows it to its end.
 * @throws InvalidRequest, Refused; what it ended with, StillRunning past the time limit
 */
export const syncChange = async (
  connection: Connection,
  output: Output,
  { verb, ...options }: SyncChangeOptions & { readonly verb: SyncVerb },
): Promise<void> => {
  const { topology, workflows, where } = connection;
  const asked = sourcesFor(connection, options.source);
  const stores = options.source === undefined ? asked.filter(isTold) : asked;
  refuseVerb(verb, stores);
  const reason = reasonFor(verb, options);
  if (options.dryRun === true) {
    const would = await wouldDo(connection, verb, stores);
    const text = ['would do:', ...would.map(({ sentence }) => `  ${sentence}`)].join('\n');
    return output.result(options.json === true ? JSON.stringify({ do: verb, would }, null, 2) : text);
  }
  const request: SyncRequest = { do: verb, stores, reason, requestedBy: userInfo().username };
  const name = `${topology.workload}-s-${ulid()}`;
  output.note(`starting sync ${name} in ${where}`);
  await workflows.start('sync', name, { ...request });
  await followExecution(connection, output, {
    machine: 'sync',
    name,
    timeoutMs: options.timeoutSeconds * 1000,
  });
  const report = await readSync(connection);
  output.result(options.json === true ? JSON.stringify(report, null, 2) : syncText(report));
};

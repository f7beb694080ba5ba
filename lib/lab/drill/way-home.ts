import { functionName } from '../../contract/names';
import type { ZoneId } from '../../domain/topology';
import { invoke } from '../deploy/invoke';
import { waitUntil } from '../wait-until';
import type { DrillContext } from './drill-context';
import { isHomeAndWhole, seatOf } from './drill-context';
import { everyPlace } from './places';

/** Who goes home, for the record and the messages. */
export interface Homeward extends DrillContext {
  readonly name: string;
}

const ROLLBACK_ATTEMPTS = 3;
const deadlinesMs = { rejoin: 90_000, rollback: 90_000 } as const;

/** @throws DeadlineExceeded */
export const waitForRejoin = (
  context: DrillContext,
  zone: ZoneId,
  timeoutMs: number = deadlinesMs.rejoin,
): Promise<void> =>
  waitUntil({ what: `${zone} rejoins as synchronous standby`, timeoutMs, everyMs: 100 }, async () => {
    const seat = await seatOf(context);
    const { topology } = context.lab.options;
    return seat?.operation === null && everyPlace(topology, seat, ({ eligible }) => eligible === zone);
  });

/** The planned move home, then full redundancy again. */
const rollBackOnce = async (run: Homeward): Promise<void> => {
  const { workflows } = run.connection;
  const name = `${run.lab.options.topology.workload}-d-${Date.now()}`;
  await workflows.start('rollback', name, {
    reason: `drill ${run.name}: return home`,
    overrideCooldown: true,
  });
  const wait = { what: 'the rollback ends', timeoutMs: deadlinesMs.rollback, everyMs: 50 };
  await waitUntil(wait, async () => {
    const { status, failure } = await workflows.describe('rollback', name);
    if (status === 'failed') throw new Error(`the rollback failed: ${failure?.cause ?? 'no reason given'}`);
    return status === 'succeeded';
  });
  await waitUntil({ ...wait, what: 'the standby is whole again' }, () => isHomeAndWhole(run));
};

/** True when it is home and whole after all: whoever took over the rollback that failed may have finished it. */
const isHomeAfterAll = async (run: Homeward): Promise<boolean> => {
  const { home } = run;
  const { topology } = run.lab.options;
  const what = `${home} rejoins as synchronous standby, or writes and has one`;
  await waitUntil({ what, timeoutMs: deadlinesMs.rejoin, everyMs: 100 }, async () => {
    const seat = await seatOf(run);
    if (seat?.operation !== null) return false;
    return everyPlace(topology, seat, ({ writer, eligible }) =>
      writer === home ? eligible !== null : eligible === home,
    );
  });
  const settled = await seatOf(run);
  return settled !== null && everyPlace(topology, settled, ({ writer }) => writer === home);
};

const FOLLOW_TIMEOUT_MS = 20_000;

/** A guard that said no left the traffic away from the writer: as a person would, once the cause is gone. */
export const bringTraffic = async (run: Homeward): Promise<void> => {
  const seat = await seatOf(run);
  if (!seat?.traffic || seat.operation !== null) return;
  run.say(`${run.name}: the traffic was left away from the writer, and is sent to it`);
  const { topology } = run.lab.options;
  await invoke(
    { endpoint: run.lab.file()?.endpoint, topology, timeoutMs: FOLLOW_TIMEOUT_MS },
    functionName(topology.workload, 'reconcile-seat'),
    'RequestResponse',
    { traffic: 'to-writer' },
  );
};

/** `evac rollback` as a person would start it, and again when it was undone (a busy machine's store can time out). */
export const returnHome = async (run: Homeward): Promise<void> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await rollBackOnce(run);
    } catch (error) {
      if (attempt === ROLLBACK_ATTEMPTS) throw error;
      run.say(`${run.name}: the way home was undone and is tried again: ${String(error)}`);
      if (await isHomeAfterAll(run)) return bringTraffic(run);
    }
  }
};

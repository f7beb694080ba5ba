import { Refused } from '../../../domain/errors';
import type { ZoneId } from '../../../domain/topology';
import type { Effect } from '../../../ports/engine';
import type { Connection } from './connection';
import { pollUntil } from '../../deadline';
import type { Guarded } from './epoch-guard';
import { requireWriter, underEpoch } from './epoch-guard';
import type { Sessions } from './sessions';
import { alterSystem, Setting, waitInForce } from './settings';

/** The standby of `zone` that was made under `epoch`: a re-cloned one never satisfies a zombie (§3b.4). */
export const standbyNameOf = (zone: ZoneId, epoch: number): string => `${zone}-e${epoch}`;

/** A name that nobody ever connects under: with it, no commit can be acknowledged. */
const gateName = 'evac_gate';

/** A standby further behind would stall the workload's writes while it catches up. */
const nearlyLevelBytes = 4 * 1024 * 1024;

/** Writes stall behind a closed gate, and behind a standby that does not flush: what is not over by then is left to `degrade`, ms. */
const closedAtMostMs = 5_000;

const quotedName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const standbyQuery = `select pg_wal_lsn_diff(pg_current_wal_lsn(), flush_lsn)::float8 as behind,
  flush_lsn >= $2::pg_lsn as past from pg_stat_replication where application_name = $1 and state = 'streaming'`;

const setStandbys = (guarded: Guarded, value: string): Promise<void> =>
  alterSystem(guarded.connection, { setting: Setting.synchronousStandbys, value }, guarded.deadline);

async function waitNearlyLevel({ connection, deadline }: Guarded, name: string): Promise<void> {
  await pollUntil(deadline, { what: `${name} to stream, nearly level`, everyMs: 20 }, async () => {
    const rows = await connection.query(standbyQuery, [name, '0/0'], deadline);
    if (rows.length > 1)
      throw new Refused('standby-name-taken', `${rows.length} standbys stream as ${name}; stop all but one`);
    const behind = rows[0]?.['behind'];
    return typeof behind === 'number' && behind < nearlyLevelBytes ? true : null;
  });
}

const currentLsn = async ({ connection, deadline }: Guarded): Promise<string> =>
  String(
    (await connection.query('select pg_current_wal_flush_lsn()::text as lsn', [], deadline))[0]?.['lsn'],
  );

async function waitFlushedPast(guarded: Guarded, name: string, lsn: string): Promise<void> {
  const { connection, deadline } = guarded;
  await pollUntil(deadline, { what: `${name} to flush past ${lsn}`, everyMs: 2 }, async () => {
    const [row] = await connection.query(standbyQuery, [name, lsn], deadline);
    return row?.['past'] === true ? true : null;
  });
}

/** A commit that waits as a client's does. `returned` tells that nothing held it back. */
interface ProbeCommit {
  readonly pid: number;
  returned(): boolean;
}

async function startProbe(connection: Connection, guarded: Guarded): Promise<ProbeCommit> {
  const { deadline } = guarded;
  const [row] = await connection.query('select pg_backend_pid() as pid', [], deadline);
  // Commits as a write does, and locks no row: one that an ended run left waiting would hold up the next run's.
  const text = `select pg_logical_emit_message(true, 'evac', 'gate')`;
  let returned = false;
  const finished = (): void => void (returned = true);
  void connection.query(text, [], deadline).then(finished, finished);
  return { pid: Number(row?.['pid']), returned: () => returned };
}

async function isWaiting({ connection, deadline }: Guarded, probe: ProbeCommit): Promise<boolean> {
  const text = `select wait_event = 'SyncRep' as waiting from pg_stat_activity where pid = $1`;
  const [row] = await connection.query(text, [probe.pid], deadline);
  return row?.['waiting'] === true && !probe.returned();
}

/**
 * Sees a commit held back by the gate, and not merely by a slow standby: it still waits after the standby has
 * flushed past it. `sync_state` proves nothing, it is shown before the setting is applied (§3b.3).
 */
async function proveGate(guarded: Guarded, probing: Connection, name: string): Promise<ProbeCommit> {
  const { deadline } = guarded;
  return pollUntil(deadline, { what: 'a commit to be held back by the gate', everyMs: 2 }, async () => {
    const probe = await startProbe(probing, guarded);
    const held = await pollUntil(
      deadline,
      { what: 'the probe commit to wait or return', everyMs: 1 },
      async () => (probe.returned() ? false : (await isWaiting(guarded, probe)) || null),
    );
    if (!held) return null;
    await waitFlushedPast(guarded, name, await currentLsn(guarded));
    return (await isWaiting(guarded, probe)) && (await isWaiting(guarded, probe)) ? probe : null;
  });
}

/**
 * Waiting commits are released when the standby next reports, and an idle one reports only once a second: each look
 * writes a little WAL, without waiting itself.
 */
async function waitReleased({ connection, deadline }: Guarded, probe: ProbeCommit): Promise<void> {
  await pollUntil(
    deadline,
    { what: 'the probe commit to be released by the standby', everyMs: 2 },
    async () => {
      await connection.query('update evac.fence set epoch = epoch where id = 1', [], deadline);
      return probe.returned() ? true : null;
    },
  );
}

async function closeProve(sessions: Sessions, guarded: Guarded, name: string, open: string): Promise<void> {
  const probing = await sessions.openSynchronous(guarded.zone, guarded.deadline);
  try {
    await setStandbys(guarded, `FIRST 2 (${quotedName(name)}, ${gateName})`);
    const probe = await proveGate(guarded, probing, name);
    await setStandbys(guarded, open);
    await waitReleased(guarded, probe);
  } finally {
    probing.close();
  }
}

/** Only a run that had seen the gate hold has set this value at this epoch, so a second run need not close it again. */
const isOpenFor = async ({ connection, deadline }: Guarded, open: string): Promise<boolean> => {
  const [row] = await connection.query(
    'select current_setting($1) as value',
    [Setting.synchronousStandbys],
    deadline,
  );
  return row?.['value'] === open;
};

/**
 * See `Engine.ensureSynchronous` and §3b.3-4. Writes stall from the closed gate to the open one, tens of ms.
 *
 * A run that fails leaves the gate as it is: it cannot know whether a second run at its epoch has opened it and the
 * standby is called eligible since (I8). Who settles the rejoin takes a new epoch, and `degrade` then opens it.
 * @throws DeadlineExceeded when the standby is not near, or the gate was not seen to hold: the standby must not be
 * called eligible.
 */
export const ensureSynchronous = (
  sessions: Sessions,
  writer: ZoneId,
  standby: ZoneId,
  effect: Effect,
): Promise<void> =>
  underEpoch(sessions, writer, effect, async (guarded) => {
    requireWriter(guarded);
    const name = standbyNameOf(standby, effect.epoch);
    const open = `FIRST 1 (${quotedName(name)})`;
    await waitNearlyLevel(guarded, name);
    const closing = { ...guarded, deadline: guarded.deadline.atMost(closedAtMostMs) };
    if (!(await isOpenFor(closing, open))) await closeProve(sessions, closing, name, open);
    await waitFlushedPast(closing, name, await currentLsn(closing));
    const change = { setting: Setting.synchronousStandbys, value: open };
    await waitInForce(sessions, closing.zone, change, closing.deadline);
  });

/** See `Engine.degrade`: waiting commits are let go, so "not eligible" must be in the seat before (I8). */
export const degrade = (sessions: Sessions, zone: ZoneId, effect: Effect): Promise<void> =>
  underEpoch(sessions, zone, effect, async (guarded) => {
    requireWriter(guarded);
    const { connection, deadline } = guarded;
    await setStandbys(guarded, '');
    await waitInForce(sessions, zone, { setting: Setting.synchronousStandbys, value: '' }, deadline);
    await pollUntil(deadline, { what: `waiting commits in ${zone} to be let go`, everyMs: 3 }, async () => {
      const text = `select count(*)::int as waiting from pg_stat_activity where wait_event = 'SyncRep'`;
      return (await connection.query(text, [], deadline))[0]?.['waiting'] === 0 ? true : null;
    });
  });

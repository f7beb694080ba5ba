import { StaleEpoch } from '../../../domain/errors';
import type { ZoneId } from '../../../domain/topology';
import type { Effect, FenceReport } from '../../../ports/engine';
import type { HostControl } from '../../../ports/host-control';
import type { PowerFence } from '../../power-fence';
import { powerFence } from '../../power-fence';
import type { Guarded } from './epoch-guard';
import { underEpoch } from './epoch-guard';
import { pollUntil, startDeadline } from '../../deadline';
import type { Sessions } from './sessions';
import { alterSystem, Setting, waitInForce } from './settings';

/**
 * Ends the workload's sessions that began before the server became read-only for new ones. Terminated, never
 * cancelled: a cancelled wait for the standby makes COMMIT succeed. Answers how many were still there.
 */
async function endWorkloadSessions({ connection, deadline }: Guarded, before: string): Promise<number> {
  const text = `select count(pg_terminate_backend(pid))::int as ended from pg_stat_activity
    where backend_type = 'client backend' and usename <> current_user and backend_start <= $1::timestamptz`;
  const [row] = await connection.query(text, [before], deadline);
  return Number(row?.['ended']);
}

async function becomeReadOnly(sessions: Sessions, guarded: Guarded): Promise<FenceReport> {
  const { connection, zone, deadline } = guarded;
  const kind = 'read-only';
  if (guarded.inRecovery)
    return { kind, holds: true, why: `the server in ${zone} is in recovery: it acknowledges no write` };
  const readOnly = { setting: Setting.readOnly, value: 'on' };
  await alterSystem(connection, readOnly, deadline);
  await waitInForce(sessions, zone, readOnly, deadline);
  const [row] = await connection.query('select clock_timestamp()::text as now', [], deadline);
  let ended = 0;
  await pollUntil(deadline, { what: `the workload's sessions in ${zone} to end`, everyMs: 3 }, async () => {
    const found = await endWorkloadSessions(guarded, String(row?.['now']));
    ended = Math.max(ended, found);
    return found === 0 ? true : null;
  });
  const why = `new sessions in ${zone} are read-only, and the ${ended} that were open before have ended`;
  return { kind, holds: true, why };
}

interface StandbySeen {
  readonly inRecovery: boolean;
  readonly epoch: number | null;
  readonly writer: string | null;
}

async function seeStandby(sessions: Sessions, zone: ZoneId, effect: Effect): Promise<StandbySeen> {
  const deadline = startDeadline(effect.deadlineMs);
  const connection = await sessions.openPlain(zone, deadline);
  const text =
    'select pg_is_in_recovery() as in_recovery, epoch::float8 as epoch, zone from evac.fence where id = 1';
  try {
    const [row] = await connection.query(text, [], deadline);
    const epoch = typeof row?.['epoch'] === 'number' ? row['epoch'] : null;
    if (epoch !== null && epoch > effect.epoch)
      throw new StaleEpoch(`fence of epoch ${effect.epoch} refused: ${zone} has replayed epoch ${epoch}`);
    const writer = row?.['zone'];
    return {
      inRecovery: row?.['in_recovery'] === true,
      epoch,
      writer: typeof writer === 'string' ? writer : null,
    };
  } finally {
    connection.close();
  }
}

/**
 * The seat says the standby holds every acknowledged write; what its replayed fence row says must agree. The old writer
 * itself is not asked: it may be dead, frozen or cut off.
 */
async function synchronousFence(sessions: Sessions, from: ZoneId, effect: Effect): Promise<FenceReport> {
  const kind = 'synchronous-standby';
  const [standby] = sessions.zones.filter((zone) => zone !== from);
  if (standby === undefined) return { kind, holds: false, why: `postgres has no server outside ${from}` };
  const seen = await seeStandby(sessions, standby, effect);
  const agrees = seen.writer === from || !seen.inRecovery;
  const row = `its fence row names ${seen.writer ?? 'no zone'} at epoch ${seen.epoch ?? 'none'}`;
  const rule = `${from} acknowledges nothing that ${standby} does not have, and nothing at all once ${standby} is promoted`;
  const why = agrees ? `${rule}; ${row}` : `${standby} is no standby of ${from}: ${row}`;
  return { kind, holds: agrees, why };
}

/** See `Engine.fence`; which fence holds and why is in the report, always read back. */
export async function fenceWriter(
  context: { readonly sessions: Sessions; readonly hosts: HostControl },
  from: ZoneId,
  options: { readonly mode: 'planned' | 'emergency'; readonly standbyEligible: boolean },
  effect: Effect,
): Promise<FenceReport> {
  const { sessions, hosts } = context;
  if (options.mode === 'planned')
    return underEpoch(sessions, from, effect, (guarded) => becomeReadOnly(sessions, guarded));
  const raiseEpoch: PowerFence['raiseEpoch'] = (zone, asking) =>
    underEpoch(sessions, zone, asking, async () => undefined);
  const power: PowerFence = { hosts, store: 'PostgreSQL', raiseEpoch };
  if (!options.standbyEligible) return powerFence(power, from, effect);
  const deadline = startDeadline(effect.deadlineMs);
  const bySync = await synchronousFence(sessions, from, effect);
  if (bySync.holds) return bySync;
  const byPower = await powerFence(power, from, { ...effect, deadlineMs: deadline.remainingMs() });
  return { ...byPower, why: `${bySync.why}; ${byPower.why}` };
}

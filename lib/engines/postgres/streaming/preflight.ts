import type { ZoneId } from '../../../domain/topology';
import type { Effect, VerifyReport } from '../../../ports/engine';
import { startDeadline } from '../../deadline';
import type { Sessions } from './sessions';

const stateQuery = `select pg_is_in_recovery() as in_recovery,
  case when pg_is_in_recovery() then pg_is_wal_replay_paused() else false end as replay_paused,
  case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end::text as position,
  f.epoch::float8 as epoch, f.zone from (select 1) one left join evac.fence f on f.id = 1`;

/** Whoever commits with less than the standby's flush is not covered by I2, and nobody would notice before the loss. */
const overridesQuery = `select coalesce('role ' || r.rolname, 'all roles') || ' in '
    || coalesce('database ' || d.datname, 'all databases') as scope, setting
  from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole left join pg_database d on d.oid = s.setdatabase,
    unnest(s.setconfig) setting
  where setting ~ '^synchronous_commit=' and setting !~ '=(on|remote_apply|true|yes|1)$'`;

const globalQuery = `select setting from pg_file_settings where name = 'synchronous_commit' and applied
  and setting not in ('on', 'remote_apply')`;

/** See `Engine.preflight`. @throws Unreachable, DeadlineExceeded when the standby does not answer. */
export async function preflightStandby(
  sessions: Sessions,
  to: ZoneId,
  effect: Effect,
): Promise<VerifyReport> {
  const deadline = startDeadline(effect.deadlineMs);
  const connection = await sessions.openPlain(to, deadline);
  try {
    const [state] = await connection.query(stateQuery, [], deadline);
    const overrides = await connection.query(overridesQuery, [], deadline);
    const global = await connection.query(globalQuery, [], deadline);
    const findings = [
      ...(state?.['in_recovery'] === true ? [] : [`the server in ${to} is no standby`]),
      ...(state?.['replay_paused'] === true ? [`replay is paused in ${to}; run pg_wal_replay_resume()`] : []),
      ...(typeof state?.['epoch'] === 'number' ? [] : [`evac.fence in ${to} is empty`]),
      ...overrides.map(
        (row) => `${String(row['scope'])} sets ${String(row['setting'])}: its commits may be lost`,
      ),
      ...global.map((row) => `synchronous_commit is ${String(row['setting'])} in ${to}: commits may be lost`),
    ];
    const epoch = typeof state?.['epoch'] === 'number' ? state['epoch'] : null;
    return { ok: findings.length === 0, findings, numbers: { epoch, position: String(state?.['position']) } };
  } finally {
    connection.close();
  }
}

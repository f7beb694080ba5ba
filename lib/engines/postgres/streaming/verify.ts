import type { ZoneId } from '../../../domain/topology';
import { EvacError } from '../../../domain/errors';
import type { Effect, VerifyReport } from '../../../ports/engine';
import type { Connection, Row } from './connection';
import type { Deadline } from '../../deadline';
import { startDeadline } from '../../deadline';
import type { Sessions } from './sessions';

type Numbers = Record<string, number | string | null>;
type Findings = string[];

/** More tables than this are not touched: verification stands between a fault and the first good write. */
const tablesLookedAt = 50;

const stateQuery = `select pg_is_in_recovery() as in_recovery, f.epoch::float8 as epoch, f.zone,
  case when pg_is_in_recovery() then null else pg_current_wal_lsn()::text end as position
  from (select 1) one left join evac.fence f on f.id = 1`;

const tablesQuery = `select quote_ident(schemaname) || '.' || quote_ident(relname) as name from pg_stat_user_tables
  where schemaname <> 'evac' order by 1 limit ${tablesLookedAt}`;

/** A commit that writes WAL and changes nothing; local, so a missing standby does not block it (§3b.6). */
const probeWrite = 'update evac.fence set epoch = epoch where id = 1 and epoch = $1 returning zone';

async function checkRole(row: Row, zone: ZoneId, epoch: number): Promise<Findings> {
  const findings: Findings = [];
  if (row['in_recovery'] === true) findings.push(`the server in ${zone} is a standby, not the writer`);
  if (row['epoch'] !== epoch)
    findings.push(`the fence row in ${zone} is at epoch ${String(row['epoch'])}, expected ${epoch}`);
  if (row['zone'] !== zone)
    findings.push(`the fence row in ${zone} names ${String(row['zone'])} as the writer`);
  return findings;
}

async function checkTables(connection: Connection, deadline: Deadline, findings: Findings): Promise<number> {
  const tables = await connection.query(tablesQuery, [], deadline);
  for (const { name } of tables) {
    try {
      await connection.query(`select 1 from ${String(name)} limit 1`, [], deadline);
    } catch (error) {
      if (error instanceof EvacError) throw error;
      findings.push(`${String(name)} cannot be read: ${(error as Error).message}`);
    }
  }
  return tables.length;
}

/**
 * See `Engine.verify`: the server in `zone` is the writer of this epoch, writes, and its tables can be read.
 * @throws Unreachable, DeadlineExceeded when the server does not answer.
 */
export async function verifyWriter(sessions: Sessions, zone: ZoneId, effect: Effect): Promise<VerifyReport> {
  const deadline = startDeadline(effect.deadlineMs);
  const connection = await sessions.openEffect(zone, effect.epoch, deadline);
  try {
    const [row] = await connection.query(stateQuery, [], deadline);
    const findings = await checkRole(row ?? {}, zone, effect.epoch);
    const numbers: Numbers = { epoch: Number(row?.['epoch']), position: String(row?.['position']) };
    if (findings.length === 0) {
      const startedMs = performance.now();
      const written = await connection.query(probeWrite, [effect.epoch], deadline);
      numbers['writeMs'] = Math.round((performance.now() - startedMs) * 10) / 10;
      if (written.length !== 1) findings.push(`the fence row in ${zone} was moved while it was verified`);
    }
    numbers['tables'] = await checkTables(connection, deadline, findings);
    return { ok: findings.length === 0, findings, numbers };
  } finally {
    connection.close();
  }
}

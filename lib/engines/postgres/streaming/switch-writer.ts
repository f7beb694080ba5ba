import { Refused } from '../../../domain/errors';
import type { ZoneId } from '../../../domain/topology';
import type { Effect } from '../../../ports/engine';
import { pollUntil } from '../../deadline';
import type { Guarded } from './epoch-guard';
import { raiseFenceRow, requireWriter, underEpoch } from './epoch-guard';
import type { Sessions } from './sessions';
import { alterSystem, readInForce, Setting, waitInForce } from './settings';

const askedToPromote = `select pg_promote(false) as asked, current_setting('synchronous_standby_names') as standbys`;

/**
 * A server that was provisioned or rejoined starts read-only and with no synchronous standby, so this normally changes
 * nothing; a hand-made setting must not open the writer before it is admitted.
 */
async function startClosed(sessions: Sessions, { zone, connection, deadline }: Guarded): Promise<void> {
  const readOnly = await readInForce(sessions, zone, Setting.readOnly, deadline);
  if (readOnly === 'on') return;
  await alterSystem(connection, { setting: Setting.readOnly, value: 'on' }, deadline);
  await waitInForce(sessions, zone, { setting: Setting.readOnly, value: 'on' }, deadline);
}

async function promote(sessions: Sessions, guarded: Guarded): Promise<void> {
  const { connection, deadline, zone } = guarded;
  await startClosed(sessions, guarded);
  const [row] = await connection.query(askedToPromote, [], deadline);
  if (row?.['asked'] !== true)
    throw new Refused('not-promoted', `the server in ${zone} did not take the request to promote`);
  // pg_promote(true) looks every 100 ms only.
  await pollUntil(deadline, { what: `the server in ${zone} to leave recovery`, everyMs: 4 }, async () => {
    const [state] = await connection.query('select pg_is_in_recovery() as in_recovery', [], deadline);
    return state?.['in_recovery'] === false ? true : null;
  });
  await raiseFenceRow(guarded);
  if (row['standbys'] !== '')
    await alterSystem(connection, { setting: Setting.synchronousStandbys, value: '' }, deadline);
}

/** See `Engine.ensureWriterIn`: promotes a standby; on a writer it only raises the epoch. */
export const ensureWriterIn = (sessions: Sessions, zone: ZoneId, effect: Effect): Promise<void> =>
  underEpoch(sessions, zone, effect, async (guarded) => {
    if (guarded.inRecovery) await promote(sessions, guarded);
    else if (guarded.rowZone !== zone) await raiseFenceRow(guarded);
  });

/** See `Engine.admitWrites`. @throws Refused `not-writer` on a standby. */
export const admitWrites = (sessions: Sessions, zone: ZoneId, effect: Effect): Promise<void> =>
  underEpoch(sessions, zone, effect, async (guarded) => {
    requireWriter(guarded);
    const open = { setting: Setting.readOnly, value: 'off' };
    await alterSystem(guarded.connection, open, guarded.deadline);
    await waitInForce(sessions, zone, open, guarded.deadline);
  });

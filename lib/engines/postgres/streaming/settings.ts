import type { ZoneId } from '../../../domain/topology';
import type { Connection } from './connection';
import type { Deadline } from '../../deadline';
import { pollUntil } from '../../deadline';
import type { Sessions } from './sessions';

export const Setting = {
  readOnly: 'default_transaction_read_only',
  synchronousStandbys: 'synchronous_standby_names',
} as const;
export type Setting = (typeof Setting)[keyof typeof Setting];

/** ALTER SYSTEM cannot run in a transaction and takes no parameters: the lock is what guards it, and the value is quoted here. */
export async function alterSystem(
  connection: Connection,
  change: { readonly setting: Setting; readonly value: string },
  deadline: Deadline,
): Promise<void> {
  const value = `'${change.value.replaceAll("'", "''")}'`;
  await connection.query(`alter system set ${change.setting} = ${value}`, [], deadline);
  await connection.query('select pg_reload_conf()', [], deadline);
}

/** The value a session opened now would have. */
export async function readInForce(
  sessions: Sessions,
  zone: ZoneId,
  setting: Setting,
  deadline: Deadline,
): Promise<string> {
  const connection = await sessions.openPlain(zone, deadline);
  try {
    const [row] = await connection.query('select current_setting($1) as value', [setting], deadline);
    return String(row?.['value']);
  } finally {
    connection.close();
  }
}

/** Waits until a new session sees the value: the postmaster has taken the change. */
export async function waitInForce(
  sessions: Sessions,
  zone: ZoneId,
  change: { readonly setting: Setting; readonly value: string },
  deadline: Deadline,
): Promise<void> {
  const what = `${change.setting} = '${change.value}' in force in ${zone}`;
  await pollUntil(deadline, { what, everyMs: 3 }, async () =>
    (await readInForce(sessions, zone, change.setting, deadline)) === change.value ? true : null,
  );
}

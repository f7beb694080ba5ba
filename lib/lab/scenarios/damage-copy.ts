import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askDatabase } from '../drill/local-database';
import { askRedis, onRedis } from '../drill/local-redis';
import { LabNotUp } from '../lab-errors';
import { REDIS_KEY_PREFIX } from '../orders/schema';
import { createHostFiles } from '../postgres-host/host-files';
import { serverProcesses } from '../postgres-host/server-process';
import { sendSignal } from '../process-identity';
import { waitUntil } from '../wait-until';
import { postgresFolderOf } from '../zone-services';
import type { Row } from './scenario';

const REPLAY_TIMEOUT_MS = 20_000;

/**
 * Past Evac and past replication, as somebody with a shell on the replica's machine might: one acknowledged order says something
 * else there, another one is gone. Answers their keys.
 */
export const damageReplica = async ({ lab, away: zone }: Row): Promise<readonly string[]> => {
  const orders = await askRedis(lab, zone, {
    what: 'the orders could not be read',
    prefix: REDIS_KEY_PREFIX,
  });
  const [changed, lost] = [...orders.keys()];
  if (changed === undefined || lost === undefined)
    throw new LabNotUp(`there are no orders in Redis in ${zone}`);
  await onRedis({ lab, zone }, 'its orders could not be changed', async (client) => {
    await client.config('SET', 'replica-read-only', 'no');
    await client.set(changed, 'nobody wrote this');
    await client.del(lost);
    await client.config('SET', 'replica-read-only', 'yes');
  });
  return [changed, lost];
};

const first = <T>(rows: readonly T[], what: string): T => {
  const [found] = rows;
  if (found === undefined) throw new LabNotUp(`there is no ${what}`);
  return found;
};

/** All that was written so far is on the disk of both, and a standby that starts replays none of it. */
const settle = async ({ lab, home, away }: Row): Promise<void> => {
  const what = 'its pages could not be written';
  await askDatabase(lab, home, { what, text: 'VACUUM (FREEZE) orders.orders' });
  await askDatabase(lab, home, { what, text: 'CHECKPOINT' });
  const text = 'SELECT pg_current_wal_insert_lsn()::text AS at';
  const { at } = first(await askDatabase<{ at: string }>(lab, home, { what, text }), 'position');
  const wait = { what: `${away} to replay ${at}`, timeoutMs: REPLAY_TIMEOUT_MS, everyMs: 20 };
  await waitUntil(wait, async () => {
    const reached = { what, text: 'SELECT 1 WHERE pg_last_wal_replay_lsn() >= $1::pg_lsn', values: [at] };
    return (await askDatabase(lab, away, reached)).length === 1;
  });
  await askDatabase(lab, away, { what, text: 'CHECKPOINT' });
};

/**
 * The standby's disk has one byte of an acknowledged order wrong, and its server dies: what it reads when it is back is no page
 * any more. Answers the order's id.
 */
export const damageStandby = async (row: Row): Promise<readonly string[]> => {
  const { lab, home, away } = row;
  const text = `SELECT id::text AS id, pg_relation_filepath('orders.orders') AS path FROM orders.orders ORDER BY ctid LIMIT 1`;
  const question = { what: 'its orders could not be read', text };
  const order = first(await askDatabase<{ id: string; path: string }>(lab, home, question), 'order');
  await settle(row);
  const { data } = createHostFiles(join(postgresFolderOf(lab.zones.layout), away));
  const file = join(data, order.path);
  for (const pid of serverProcesses(data)) sendSignal(pid, 'SIGKILL');
  const bytes = readFileSync(file);
  const at = bytes.indexOf(order.id);
  if (at < 0) throw new LabNotUp(`order ${order.id} is not in ${file}`);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  writeFileSync(file, bytes);
  await row.nextSeat('the standby is given up', ({ eligible }) => eligible === null);
  return [order.id];
};

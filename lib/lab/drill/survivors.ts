import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import type { Survivors } from '../../domain/report/loss';
import type { ZoneId } from '../../domain/topology';
import { postgresOf } from '../../domain/topology';
import { Unreachable } from '../../domain/errors';
import type { Lab } from '../lab';
import { instantNow } from '../load/instant';
import { ORDERS_DATABASE, SURVIVING_IDS_SQL } from '../orders/schema';
import { createHostFiles } from '../postgres-host/host-files';
import { postgresFolderOf } from '../zone-services';

const TIMEOUT_MS = 15_000;

/** All orders in a zone's database, read over its unix socket, so that no network fault hides a row. */
export const readSurvivors = async (
  lab: Lab,
  zone: ZoneId,
): Promise<Survivors & { readonly readAt: ReturnType<typeof instantNow> }> => {
  const folder = postgresFolderOf(lab.zones.layout);
  const client = new Client({
    host: createHostFiles(join(folder, zone)).sockets,
    port: postgresOf(lab.options.topology)?.endpoints[zone]?.port ?? 0,
    database: ORDERS_DATABASE,
    user: 'evac',
    password: readFileSync(join(folder, 'evac.password'), 'utf8').trim(),
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  });
  const readAt = instantNow();
  try {
    await client.connect();
    const { rows } = await client.query<{ id: string }>(SURVIVING_IDS_SQL);
    return { ids: new Set(rows.map(({ id }) => id)), readAtMs: readAt.atMs, readAt };
  } catch (cause) {
    throw new Unreachable(`the orders in ${zone} could not be read: ${String(cause)}`, { cause });
  } finally {
    await client.end().catch(() => undefined);
  }
};

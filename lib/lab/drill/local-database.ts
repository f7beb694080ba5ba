import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { Unreachable } from '../../domain/errors';
import type { ZoneId } from '../../domain/topology';
import { postgresOf } from '../../domain/topology';
import type { Lab } from '../lab';
import { dropSession } from '../orders/database-access';
import { ORDERS_DATABASE } from '../orders/schema';
import { createHostFiles } from '../postgres-host/host-files';
import { postgresFolderOf } from '../zone-services';

const TIMEOUT_MS = 15_000;

/** Evac's own way to a zone's server over its unix socket: no network fault is in the way. */
export const localAccess = (lab: Lab, zone: ZoneId) => {
  const folder = postgresFolderOf(lab.zones.layout);
  return {
    host: createHostFiles(join(folder, zone)).sockets,
    port: postgresOf(lab.options.topology)?.endpoints[zone]?.port ?? 0,
    database: ORDERS_DATABASE,
    user: 'evac',
    password: readFileSync(join(folder, 'evac.password'), 'utf8').trim(),
  };
};

/**
 * One statement on a zone's server, as Evac's role.
 * @throws Unreachable naming the zone and what was wanted of it.
 */
export const askDatabase = async <Row extends object>(
  lab: Lab,
  zone: ZoneId,
  question: { readonly what: string; readonly text: string; readonly values?: readonly unknown[] },
): Promise<readonly Row[]> => {
  const client = new Client({
    ...localAccess(lab, zone),
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  });
  // A server that ends while the answer is awaited says so twice: here, and by the rejected query.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Row>(question.text, [...(question.values ?? [])])).rows;
  } catch (cause) {
    throw new Unreachable(`${question.what} in ${zone}: ${String(cause)}`, { cause });
  } finally {
    // Never `end()`: a server that is stopped after its answer would not say goodbye, and nothing would end the wait.
    dropSession(client);
  }
};

/** Whether the server of a zone is a standby still. @throws Unreachable */
export const isInRecovery = async (lab: Lab, zone: ZoneId): Promise<boolean> => {
  const text = 'SELECT pg_is_in_recovery() AS "inRecovery"';
  const question = { what: 'its role could not be read', text };
  const [found] = await askDatabase<{ inRecovery: boolean }>(lab, zone, question);
  return found?.inRecovery === true;
};

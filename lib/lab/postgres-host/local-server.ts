import { readFileSync } from 'node:fs';
import { EvacError } from '../../domain/errors';
import type { Connection, Row } from '../../engines/postgres/streaming/connection';
import { connect } from '../../engines/postgres/streaming/connection';
import { startDeadline } from '../../engines/postgres/streaming/deadline';
import { codeOf } from '../../engines/postgres/streaming/failure';
import type { HostFiles } from './host-files';

/** A line of libpq's password file ends with the password; `:` and `\` in it are escaped. */
export const passwordOf = (files: HostFiles): string =>
  (/^(?:[^:\\]*:){4}(.*)$/m.exec(readFileSync(files.passwords, 'utf8'))?.[1] ?? '').replaceAll(
    /\\(.)/g,
    '$1',
  );

/** Local questions are answered from memory: one that takes longer is to a server that does not serve. */
const askTimeoutMs = 1_000;

/**
 * One question to this host's own server, over its socket.
 * Null when it does not answer: it may be starting, or refuse sessions until it is consistent.
 */
export async function askLocally(files: HostFiles, port: number, text: string): Promise<Row | null> {
  const deadline = startDeadline(askTimeoutMs);
  const access = {
    host: files.sockets,
    port,
    database: 'postgres',
    user: 'evac',
    password: passwordOf(files),
  };
  let connection: Connection | null = null;
  try {
    connection = await connect(access, { applicationName: 'evac-host', settings: {} }, deadline);
    return (await connection.query(text, [], deadline))[0] ?? null;
  } catch (error) {
    // A server that is starting answers with an error of its own, 57P03: silence, too.
    if (error instanceof EvacError || codeOf(error) !== null) return null;
    throw error;
  } finally {
    connection?.close();
  }
}

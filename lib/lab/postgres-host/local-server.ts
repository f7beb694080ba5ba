import { readFileSync } from 'node:fs';
import { EvacError } from '../../domain/errors';
import type { Connection, Row } from '../../engines/postgres/streaming/connection';
import { connect } from '../../engines/postgres/streaming/connection';
import { startDeadline } from '../../engines/deadline';
import { codeOf } from '../../engines/postgres/streaming/failure';
import type { HostFiles } from './host-files';

/** A line of libpq's password file ends with the password; `:` and `\` in it are escaped. */
export const passwordOf = (files: HostFiles): string =>
  (/^(?:[^:\\]*:){4}(.*)$/m.exec(readFileSync(files.passwords, 'utf8'))?.[1] ?? '').replaceAll(
    /\\(.)/g,
    '$1',
  );

/** Such questions are answered from memory: one that takes longer is to a server that does not serve. */
const askTimeoutMs = 1_000;

/**
 * One question to a server, as Evac's role: this host's own (`host` is its socket folder) or its upstream.
 * Null when it does not answer: it may be starting, or refuse sessions until it is consistent.
 */
export async function askServer(
  files: HostFiles,
  at: { readonly host: string; readonly port: number },
  question: { readonly text: string; readonly values: readonly unknown[] },
): Promise<Row | null> {
  const deadline = startDeadline(askTimeoutMs);
  const access = {
    host: at.host,
    port: at.port,
    database: 'postgres',
    user: 'evac',
    password: passwordOf(files),
  };
  let connection: Connection | null = null;
  try {
    connection = await connect(access, { applicationName: 'evac-host', settings: {} }, deadline);
    return (await connection.query(question.text, question.values, deadline))[0] ?? null;
  } catch (error) {
    // A server that is starting answers with an error of its own, 57P03: silence, too.
    if (error instanceof EvacError || codeOf(error) !== null) return null;
    throw error;
  } finally {
    connection?.close();
  }
}

/** `askServer` over this host's own socket. */
export const askLocally = (files: HostFiles, port: number, text: string): Promise<Row | null> =>
  askServer(files, { host: files.sockets, port }, { text, values: [] });

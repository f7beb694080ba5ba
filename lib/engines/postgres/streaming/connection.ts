import { Socket } from 'node:net';
import { Client } from 'pg';
import { DeadlineExceeded, Unreachable } from '../../../domain/errors';
import type { Deadline } from '../../deadline';
import { isLost, sessionEnded } from './failure';

export interface ServerAccess {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | (() => Promise<string>);
}

export interface ConnectionOptions {
  /** Seen by whoever meets this session in pg_stat_activity. */
  readonly applicationName: string;
  /** Server settings of this session alone. */
  readonly settings: Readonly<Record<string, string>>;
}

/** One session. A query that outlives its deadline destroys the socket: a hung answer must never be read as the next one's. */
export interface Connection {
  query(text: string, values: readonly unknown[], deadline: Deadline): Promise<readonly Row[]>;
  /** Prepared once on the server under `name`: no parsing and planning on later rounds. */
  queryPrepared(name: string, text: string, deadline: Deadline): Promise<readonly Row[]>;
  isOpen(): boolean;
  /** Says goodbye when the server still listens, and never waits for it. */
  close(): void;
}
export type Row = Readonly<Record<string, unknown>>;

/** How long a server may take to close its side of a finished session before the socket is destroyed. */
const goodbyeMs = 100;

/** Destroys the socket when the deadline passes; whatever waits on it is rejected with this very error. */
async function within<T>(
  socket: Socket,
  deadline: Deadline,
  work: { what: string; start: () => Promise<T> },
) {
  const expired = new DeadlineExceeded(`${work.what}: no answer within ${Math.round(deadline.totalMs)} ms`);
  if (deadline.remainingMs() === 0) socket.destroy(expired);
  const timer = setTimeout(() => socket.destroy(expired), deadline.remainingMs());
  try {
    return await work.start();
  } catch (error) {
    if (isLost(error)) throw new Unreachable(`${work.what}: ${(error as Error).message}`, { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

const asOptions = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');

/**
 * Opens a session; the client library's own time-outs are not used, because they leave the socket in use.
 * @throws DeadlineExceeded, Unreachable, or the server's own error (with its SQLSTATE as `code`).
 */
export async function connect(
  access: ServerAccess,
  options: ConnectionOptions,
  deadline: Deadline,
): Promise<Connection> {
  const socket = new Socket();
  const { applicationName, settings } = options;
  const client = new Client({
    ...access,
    application_name: applicationName,
    options: asOptions(settings),
    stream: () => socket,
  });
  let open = true;
  const ended = (): void => void (open = false);
  // Without a listener a lost connection would end the process; whoever uses it next sees it as not open.
  client.on('error', ended);
  client.on('end', ended);
  socket.once('close', ended);
  const where = `PostgreSQL at ${access.host}:${access.port}`;
  await within(socket, deadline, { what: where, start: () => client.connect() });
  const run = async (start: () => Promise<{ readonly rows: readonly Row[] }>, limit: Deadline) => {
    // The client library would answer with an error that cannot be told from a wrong query.
    if (!open) throw new Unreachable(`${where}: the session has ended`, { cause: new Error(sessionEnded) });
    return (await within(socket, limit, { what: where, start })).rows;
  };
  return {
    query: (text, values, limit) => run(() => client.query<Row>(text, [...values]), limit),
    queryPrepared: (name, text, limit) => run(() => client.query<Row>({ name, text }), limit),
    isOpen: () => open,
    close: () => {
      if (open) void client.end();
      setTimeout(() => socket.destroy(), goodbyeMs).unref();
    },
  };
}

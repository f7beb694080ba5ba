import { Redis } from 'ioredis';
import { DeadlineExceeded, Unreachable } from '../../../domain/errors';
import type { Deadline } from '../../deadline';
import { isLost } from './failure';

export interface ServerAccess {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | (() => Promise<string>);
}

export type Reply = string | number | null | readonly Reply[];
/** A command's name, then its arguments. */
export type Command = readonly [string, ...(string | number)[]];

/** What is read as bytes: a key or a value is no text. */
export type RawReply = Buffer | number | null | readonly RawReply[];
export type RawCommand = readonly [string, ...(string | number | Buffer)[]];

/** One session. A command that outlives its deadline destroys the socket: a hung answer must never be read as the next one's. */
export interface Connection {
  run(command: Command, deadline: Deadline): Promise<Reply>;
  /** One round trip, not atomic. */
  runAll(commands: readonly Command[], deadline: Deadline): Promise<readonly Reply[]>;
  /** One round trip, not atomic; the server's error of one command is its answer, and the others' stand. */
  readAll(commands: readonly RawCommand[], deadline: Deadline): Promise<readonly (RawReply | Error)[]>;
  /**
   * MULTI … EXEC: all or nothing. Null: a watched key was changed, and nothing was done.
   * @throws the server's error when a command was not even queued; nothing was done then.
   */
  commit(commands: readonly Command[], deadline: Deadline): Promise<readonly Reply[] | null>;
  isOpen(): boolean;
  close(): void;
}

/** No queue, no retry, no reconnection: what did not happen now is reported, and whoever asked decides. */
const plainClient = {
  lazyConnect: true,
  enableOfflineQueue: false,
  enableReadyCheck: false,
  maxRetriesPerRequest: 0,
  retryStrategy: () => null,
  autoResendUnfulfilledCommands: false,
  // Its goodbye to a socket that is gone already; it would keep the process for 2 s.
  disconnectTimeout: 20,
  disableClientInfo: true,
  protocol: 2,
} as const;

/** Destroys the session when the deadline passes; whatever waits on it is rejected with this very error. */
async function within<T>(
  client: Redis,
  deadline: Deadline,
  work: { readonly what: string; readonly start: () => Promise<T> },
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    const give = (): void => {
      destroy(client);
      reject(new DeadlineExceeded(`${work.what}: no answer within ${Math.round(deadline.totalMs)} ms`));
    };
    if (deadline.remainingMs() === 0) give();
    else timer = setTimeout(give, deadline.remainingMs());
  });
  try {
    const started = deadline.remainingMs() === 0 ? expired : work.start();
    // The one that comes second must not be an unhandled rejection.
    started.catch(() => undefined);
    return await Promise.race([started, expired]);
  } catch (error) {
    if (isLost(error)) throw new Unreachable(`${work.what}: ${(error as Error).message}`, { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
    expired.catch(() => undefined);
  }
}

/** `disconnect` alone waits for a server that may be frozen to close its side. */
function destroy(client: Redis): void {
  client.disconnect();
  client.stream?.destroy();
}

/** EXEC answers an error of one command inside its list: the others were done. */
function committed(replies: Reply): readonly Reply[] | null {
  if (replies === null) return null;
  const all: readonly unknown[] = Array.isArray(replies) ? replies : [];
  const failed = all.find((reply) => reply instanceof Error);
  if (failed !== undefined) throw failed as Error;
  return all as readonly Reply[];
}

/** @throws when the session is gone: then nothing was answered. */
const orServerError = (answer: Promise<RawReply>): Promise<RawReply | Error> =>
  answer.catch((error: unknown) => {
    if (error instanceof Error && error.name === 'ReplyError') return error;
    throw error;
  });

const asError = (value: unknown): Error => (value instanceof Error ? value : new Error(String(value)));

/**
 * Opens a session and logs in.
 * @throws DeadlineExceeded, Unreachable, or the server's own error, e.g. `WRONGPASS …`.
 */
export async function connect(
  access: ServerAccess,
  options: { readonly name: string },
  deadline: Deadline,
): Promise<Connection> {
  const { host, port, user } = access;
  const client = new Redis({ ...plainClient, host, port });
  const where = `Redis at ${host}:${port}`;
  let open = true;
  let lastError: Error | null = null;
  // Without a listener a lost connection would end the process; whoever uses it next sees it as not open.
  client.on('error', (error: Error) => void (lastError = error));
  client.on('close', () => void (open = false));
  const limited = <T>(start: () => Promise<T>, limit: Deadline): Promise<T> =>
    within(client, limit, { what: where, start });
  const run = (command: Command, limit: Deadline): Promise<Reply> => {
    const [name, ...args] = command;
    return limited(() => client.call(name, ...args) as Promise<Reply>, limit);
  };
  try {
    const password = typeof access.password === 'string' ? access.password : await access.password();
    await limited(
      () => client.connect().catch((error: unknown) => Promise.reject(lastError ?? asError(error))),
      deadline,
    );
    await run(['AUTH', user, password], deadline);
    await run(['CLIENT', 'SETNAME', options.name], deadline);
  } catch (error) {
    destroy(client);
    throw error;
  }
  const runAll = async (commands: readonly Command[], limit: Deadline): Promise<readonly Reply[]> =>
    Promise.all(commands.map((command) => run(command, limit)));
  const readAll = (commands: readonly RawCommand[], limit: Deadline) => {
    const answers = commands.map(([name, ...args]) => client.callBuffer(name, ...args) as Promise<RawReply>);
    return limited(() => Promise.all(answers.map(orServerError)), limit);
  };
  return {
    run,
    runAll,
    readAll,
    commit: async (commands, limit) => {
      const replies = await runAll([['MULTI'], ...commands, ['EXEC']], limit);
      return committed(replies.at(-1) ?? null);
    },
    isOpen: () => open,
    close: () => destroy(client),
  };
}

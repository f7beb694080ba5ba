import { rmSync } from 'node:fs';
import type { NetConnectOpts, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

export interface Forwarder {
  /** The port it listens on; 0 for a unix socket. */
  readonly port: number;
  /** Stops listening and ends what is being forwarded. */
  close(): Promise<void>;
}

/** How long the far side may take to accept before the near side is told by a closed connection. */
const connectDeadlineMs = 5_000;

/** Both directions; whichever side fails or is gone takes the other with it, after what was written is through. */
function join(near: Socket, far: Socket): void {
  far.setTimeout(connectDeadlineMs, () => far.destroy());
  far.once('connect', () => far.setTimeout(0));
  for (const [from, to] of [
    [near, far],
    [far, near],
  ] as const) {
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.once('close', (hadError) => (hadError || !from.readableEnded ? to.destroy() : to.end()));
  }
}

function listen(server: Server, where: { port: number; host: string } | { path: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function forward(where: Parameters<typeof listen>[1], target: NetConnectOpts): Promise<Forwarder> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.once('close', () => sockets.delete(socket));
  };
  // Half-open: a client may end its request and still wait for the answer.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    join(keep(near), keep(connect({ ...target, allowHalfOpen: true })));
  });
  await listen(server, where);
  const address = server.address();
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { port: typeof address === 'object' && address !== null ? address.port : 0, close };
}

/** Listens on 127.0.0.1 (port 0: any free one) and forwards to a unix socket, which crosses network namespaces by path. */
export function forwardLoopbackToSocket(options: {
  readonly port: number;
  readonly socketPath: string;
}): Promise<Forwarder> {
  return forward({ port: options.port, host: '127.0.0.1' }, { path: options.socketPath });
}

/** Listens on a unix socket, replacing one that a killed predecessor left, and forwards to a TCP address. */
export function forwardSocketToTcp(options: {
  readonly socketPath: string;
  readonly host: string;
  readonly port: number;
}): Promise<Forwarder> {
  rmSync(options.socketPath, { force: true });
  return forward({ path: options.socketPath }, { host: options.host, port: options.port, noDelay: true });
}

import { once } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer, request } from 'node:http';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';

const listening = async (server: Server) => {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    // A client that gives up resets the connection; that is what is wanted.
    socket.on('error', () => undefined);
    socket.once('close', () => open.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.close();
    open.forEach((socket) => socket.destroy());
    await once(server, 'close');
  };
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
};

/** Takes connections and what comes over them, and never says a word. */
export const silentServer = () => listening(createTcpServer((socket) => socket.resume()));

export const answeringServer = (answer: RequestListener) => listening(createServer(answer));

const bodyOf = async (message: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts);
};

export type Verdict = 'pass' | 'lose-answer';

/** Hands requests on to `target`; for those that `judge` picks the answer is lost on its way back. */
export const lossyProxy = (target: string, judge: (operation: string) => Verdict) =>
  answeringServer((incoming, outgoing) => {
    void forward(target, incoming, outgoing, judge);
  });

const forward = async (
  target: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  judge: (operation: string) => Verdict,
): Promise<void> => {
  const operation = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '';
  const onward = request(target, { method: 'POST', headers: incoming.headers });
  onward.end(await bodyOf(incoming));
  const [answer] = (await once(onward, 'response')) as [IncomingMessage];
  const body = await bodyOf(answer);
  if (judge(operation) === 'lose-answer') {
    incoming.socket.destroy();
    return;
  }
  outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
  outgoing.end(body);
};

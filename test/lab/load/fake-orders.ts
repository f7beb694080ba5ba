import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { once } from 'node:events';

export interface SeenRequest {
  readonly key: string;
  readonly id: string;
  /** The client's port: a fresh connection has another one. */
  readonly fromPort: number;
}

export type Reaction = (request: SeenRequest, response: ServerResponse, index: number) => void;

export const created: Reaction = (_, response) => {
  response.writeHead(201, { 'X-Served-By': 'az-fake' }).end('{}');
};
export const unavailable: Reaction = (_, response) => {
  response.writeHead(503).end('{}');
};
export const silent: Reaction = () => undefined;

const read = async (request: IncomingMessage): Promise<string> => {
  const chunks: string[] = [];
  for await (const chunk of request.setEncoding('utf8')) chunks.push(String(chunk));
  return chunks.join('');
};

/** A server that takes orders and reacts as the test says. */
export const startFakeOrders = async (host: string, port: number, reaction: Reaction) => {
  const seen: SeenRequest[] = [];
  let react = reaction;
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      const one = {
        key: String(request.headers['idempotency-key']),
        id: String((JSON.parse(body) as { id: unknown }).id),
        fromPort: request.socket.remotePort ?? 0,
      };
      seen.push(one);
      react(one, response, seen.length - 1);
    });
  }).listen(port, host);
  await once(server, 'listening');
  return {
    seen,
    become: (next: Reaction) => {
      react = next;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};

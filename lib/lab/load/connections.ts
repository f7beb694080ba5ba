import { Agent, request } from 'node:http';

/** What one attempt came to: a status, or a word for what went wrong on the way. */
export interface AttemptResult {
  readonly status: number | string;
  readonly servedBy?: string;
}

interface Attempt {
  readonly address: string;
  readonly port: number;
  readonly key: string;
  readonly body: string;
  /** For everything: connect, send, answer. */
  readonly timeoutMs: number;
}

export interface Connections {
  post(attempt: Attempt): Promise<AttemptResult>;
  close(): void;
}

/** Idle connections of one address; what is under way on them is left alone and not kept afterwards. */
const retire = (agent: Agent): void => {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets)) {
    for (const socket of sockets ?? []) socket.destroy();
  }
};

const wordFor = (error: NodeJS.ErrnoException): string => error.code ?? 'connection-error';

/** One keep-alive agent per address, replaced after a failure, so that the next attempt connects afresh. */
export const createConnections = (): Connections => {
  const agents = new Map<string, Agent>();
  const agentOf = (address: string): Agent => {
    const agent = agents.get(address) ?? new Agent({ keepAlive: true, maxFreeSockets: 64 });
    agents.set(address, agent);
    return agent;
  };
  const forget = (address: string, agent: Agent): void => {
    retire(agent);
    if (agents.get(address) === agent) agents.delete(address);
  };

  const exchange = (attempt: Attempt, agent: Agent): Promise<AttemptResult> =>
    new Promise((resolve) => {
      const { address: host, port, key, body, timeoutMs } = attempt;
      const headers = {
        'Idempotency-Key': key,
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
        'X-Deadline': Date.now() + Math.ceil(timeoutMs),
      };
      const call = request({ host, port, path: '/orders', method: 'POST', headers, agent });
      // Where the time went tells a dead host (no connection) from a blocked service (no answer).
      let isConnected = false;
      call.on('socket', (socket) => {
        isConnected = !socket.connecting;
        // A kept socket will never connect again: a listener on it would stay for ever.
        if (isConnected) return;
        socket.once('connect', () => {
          isConnected = true;
        });
      });
      const timer = setTimeout(
        () => finish({ status: isConnected ? 'answer-timeout' : 'connect-timeout' }),
        timeoutMs,
      );
      const finish = (result: AttemptResult): void => {
        clearTimeout(timer);
        resolve(result);
        if (typeof result.status === 'string') call.destroy();
      };
      call.on('error', (error) => finish({ status: wordFor(error) }));
      call.on('response', (response) => {
        const servedBy = response.headers['x-served-by'];
        const status = response.statusCode ?? 'no-status';
        response.on('error', (error) => finish({ status: wordFor(error) }));
        response.on('end', () => finish({ status, ...(typeof servedBy === 'string' ? { servedBy } : {}) }));
        response.resume();
      });
      call.end(body);
    });

  return {
    post: async (attempt) => {
      const agent = agentOf(attempt.address);
      const result = await exchange(attempt, agent);
      if (typeof result.status === 'string') forget(attempt.address, agent);
      return result;
    },
    close: () => {
      for (const agent of agents.values()) agent.destroy();
    },
  };
};

import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below those that the kernel gives to connections: none of them takes it between the choice and the use. */
const FIRST = 20_000;
const COUNT = 12_000;

const isFree = async (port: number): Promise<boolean> => {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
};

/** A port of loopback that nobody listens on. */
export async function freePort(): Promise<number> {
  for (let left = 100; left > 0; left -= 1) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (await isFree(port)) return port;
  }
  throw new Error('a hundred ports were taken');
}

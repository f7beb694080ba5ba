import { writeFileSync } from 'node:fs';
import { forwardLoopbackToSocket, forwardSocketToTcp } from '../loopback-forwarder';
import { requiredArgument } from '../process-arguments';

/**
 * Two of these carry the machine's loopback to the emulator in the Region's namespace: `--side region` listens on a
 * unix socket, `--side host` on a loopback port, which it writes to `--port-file`.
 */
const socketPath = requiredArgument('socket');

const serve = async (): Promise<void> => {
  if (requiredArgument('side') === 'region') {
    const port = Number(requiredArgument('port'));
    await forwardSocketToTcp({ socketPath, host: requiredArgument('host'), port });
    return;
  }
  const { port } = await forwardLoopbackToSocket({ port: Number(requiredArgument('port')), socketPath });
  writeFileSync(requiredArgument('port-file'), String(port));
};

void serve();

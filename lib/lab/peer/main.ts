import { createServer } from 'node:net';
import { requiredArgument } from '../process-arguments';

/** Answers the witnesses' question "can I reach that zone at all" by accepting a connection and closing it. */
const [host, port] = [requiredArgument('host'), Number(requiredArgument('port'))];
createServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.end();
}).listen(port, host);

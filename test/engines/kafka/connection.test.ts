import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { DeadlineExceeded, Unreachable } from '../../../lib/domain/errors';
import { startDeadline } from '../../../lib/engines/deadline';
import type { ApiCall } from '../../../lib/engines/kafka/stretch/connection';
import { connect } from '../../../lib/engines/kafka/stretch/connection';
import { crc32c, decodeBatches, encodeBatch } from '../../../lib/engines/kafka/stretch/record-batch';
import { createReader, int32, uvarint, varint } from '../../../lib/engines/kafka/stretch/wire';

const question: ApiCall<number> = {
  name: 'Question',
  key: 99,
  version: 0,
  isFlexible: false,
  body: int32(7),
  parse: (answer) => answer.int32(),
};

const frame = (correlationId: number, value: number): Buffer =>
  Buffer.concat([int32(8), int32(correlationId), int32(value)]);

describe('a session', () => {
  let sockets: Socket[] = [];
  const serve = async (onData: (socket: Socket) => void) => {
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.on('data', () => onData(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const open = () => connect({ host: '127.0.0.1', port }, { clientId: 'test' }, startDeadline(1_000));
    return { open, close: () => new Promise((resolve) => server.close(resolve)) };
  };
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    sockets = [];
  });

  it('takes an answer that comes in pieces, and two that come as one', async () => {
    const server = await serve((socket) => {
      const both = Buffer.concat([frame(1, 11), frame(2, 22)]);
      for (const piece of [both.subarray(0, 3), both.subarray(3, 9), both.subarray(9)]) socket.write(piece);
    });
    const session = await server.open();
    const asked = [question, question].map((call) => session.ask(call, startDeadline(1_000)));
    expect(await Promise.all(asked)).toEqual([11, 22]);
    session.close();
    await server.close();
  });

  it('is destroyed by a question that outlives its deadline, and takes the others with it', async () => {
    const server = await serve(() => undefined);
    const session = await server.open();
    const patient = session.ask(question, startDeadline(5_000));
    const short = session.ask(question, startDeadline(30));
    await expect(short).rejects.toThrow(DeadlineExceeded);
    await expect(patient).rejects.toThrow(DeadlineExceeded);
    expect(session.isOpen()).toBe(false);
    await expect(session.ask(question, startDeadline(1_000))).rejects.toThrow(DeadlineExceeded);
    await expect(session.ask(question, startDeadline(0))).rejects.toThrow(DeadlineExceeded);
    await server.close();
  });

  it('says that the other side ended it, or is not there', async () => {
    const server = await serve((socket) => void socket.end());
    const session = await server.open();
    await expect(session.ask(question, startDeadline(1_000))).rejects.toMatchObject({
      name: 'Unreachable',
      cause: { code: 'ECONNRESET' },
    });
    await expect(session.ask(question, startDeadline(1_000))).rejects.toThrow(Unreachable);
    await server.close();
    await expect(server.open()).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    const late = connect({ host: '127.0.0.1', port: 1 }, { clientId: 'test' }, startDeadline(0));
    await expect(late).rejects.toThrow(DeadlineExceeded);
  });

  it('is no session to something that speaks otherwise', async () => {
    const server = await serve((socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const session = await server.open();
    await expect(session.ask(question, startDeadline(1_000))).rejects.toMatchObject({
      cause: { name: 'RangeError' },
    });
    await server.close();
    const short = await serve((socket) => void socket.write(Buffer.concat([int32(4), int32(1)])));
    const other = await short.open();
    await expect(other.ask(question, startDeadline(1_000))).rejects.toThrow(RangeError);
    other.close();
    await short.close();
  });
});

describe('the wire', () => {
  it('knows the checksum and the varints of the protocol', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect([...uvarint(300)]).toEqual([0xac, 0x02]);
    for (const value of [0, -1, 1, 63, -64, 300, -300, 2 ** 40, -(2 ** 40)])
      expect(createReader(varint(value)).varint()).toBe(value);
  });

  it('reads the records it writes, and leaves a batch that is cut off', () => {
    const records = [
      { key: 'ä', value: 'one' },
      { key: null, value: null },
    ];
    const batch = encodeBatch(records, 1_700_000_000_000);
    const read = decodeBatches(Buffer.concat([batch, batch.subarray(0, batch.length - 1)]));
    expect(read).toEqual(records.map((record, offset) => ({ offset, ...record })));
  });

  it('refuses a compressed batch instead of reading nonsense', () => {
    const batch = encodeBatch([{ key: 'k', value: 'v' }], 0);
    batch.writeInt16BE(1, 8 + 4 + 4 + 1 + 4);
    expect(() => decodeBatches(batch)).toThrow(/only plain ones/);
  });
});

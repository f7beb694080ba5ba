import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lab } from '../../../lib/lab/lab';
import { askDatabase } from '../../../lib/lab/drill/local-database';
import { createHostFiles } from '../../../lib/lab/postgres-host/host-files';
import { postgresFolderOf } from '../../../lib/lab/zone-services';
import { postgresOf } from '../../../lib/domain/topology';
import { topologyWith } from '../../domain/decision/world';

const message = (type: string, body: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
};
const ready = message('Z', Buffer.from('I'));
const welcome = Buffer.concat([message('R', Buffer.alloc(4)), ready]);
const done = Buffer.concat([message('C', Buffer.from('SELECT 0\0')), ready]);

/** It lets everybody in, answers each question with no rows, and then says and hears nothing any more, not even a goodbye. */
const serveOnce = (socket: Socket): void => {
  socket.once('data', () => {
    socket.write(welcome);
    socket.once('data', () => {
      socket.write(done);
      socket.pause();
    });
  });
};

describe('a question to a server of the lab', () => {
  const folder = mkdtempSync(join(tmpdir(), 'evt-database-'));
  const topology = topologyWith();
  const lab = { options: { topology }, zones: { layout: { folder } } } as unknown as Lab;
  const postgres = postgresFolderOf(lab.zones.layout);
  const question = { what: 'the orders could not be read', text: 'select 1' };
  mkdirSync(postgres, { recursive: true });
  writeFileSync(join(postgres, 'evac.password'), 'secret\n');
  afterAll(() => rmSync(folder, { recursive: true }));

  it('that is not there says what could not be read, and where', async () => {
    await expect(askDatabase(lab, 'az-a', question)).rejects.toMatchObject({
      name: 'Unreachable',
      message: expect.stringMatching(/^the orders could not be read in az-a: /) as unknown,
    });
  });

  it('that stops right after its answer is not waited for', async () => {
    const { sockets } = createHostFiles(join(postgres, 'az-b'));
    mkdirSync(sockets, { recursive: true });
    const open = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true }, (socket) => serveOnce(open.add(socket) && socket));
    const socketFile = `.s.PGSQL.${postgresOf(topology)?.endpoints['az-b']?.port}`;
    await new Promise<void>((listening) => server.listen(join(sockets, socketFile), listening));
    await expect(askDatabase(lab, 'az-b', question)).resolves.toEqual([]);
    for (const socket of open) socket.destroy();
    await new Promise((closed) => server.close(closed));
  });
});

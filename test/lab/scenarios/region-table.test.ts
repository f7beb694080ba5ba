import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Lab } from '../../../lib/lab/lab';
import { forgetCooldown } from '../../../lib/lab/scenarios/region-table';
import { topologyWith } from '../../domain/decision/world';

/** A table that answers with these errors, one a request, and then takes what it is given. */
const tableThat = async (...errors: readonly string[]) => {
  const left = [...errors];
  const server = createServer((request, response) => {
    request.resume();
    const error = left.shift();
    response.writeHead(error === undefined ? 200 : 400, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(error === undefined ? '{}' : JSON.stringify({ __type: error, message: error }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const lab = {
    options: { topology: topologyWith() },
    file: () => ({ endpoint: `http://127.0.0.1:${port}` }),
  } as unknown as Lab;
  return { lab, left, close: () => server.close() };
};

describe('taking the cooldown off the seat', () => {
  it('waits while something holds the seat', async () => {
    const table = await tableThat('ConditionalCheckFailedException', 'ConditionalCheckFailedException');
    await forgetCooldown(table.lab);
    expect(table.left).toEqual([]);
    table.close();
  });

  it('says what it was refused with', async () => {
    const table = await tableThat('ResourceNotFoundException', 'ResourceNotFoundException');
    await expect(forgetCooldown(table.lab)).rejects.toMatchObject({
      name: 'Unreachable',
      message: expect.stringMatching(/could not be taken off the seat: .*ResourceNotFound/) as unknown,
    });
    table.close();
  });
});

import { createLazyCopyReader } from '../../lib/engines/lazy-copy-reader';
import type { CopyReader } from '../../lib/ports/consistency';

it('is loaded once, at the first question, passes each on, and is closed only when it was loaded', async () => {
  let loads = 0;
  const asked: string[] = [];
  const answer =
    <T>(what: string, value: T) =>
    async (...of: readonly unknown[]): Promise<T> => {
      asked.push(`${what} ${JSON.stringify(of)}`);
      return value;
    };
  const real: CopyReader = {
    store: 'objects',
    chunks: answer('chunks', { chunks: [], next: null, notes: [] }),
    digests: answer('digests', []),
    items: answer('items', []),
    catchUp: answer('catchUp', { state: 'read', value: true } as const),
    look: answer('look', []),
    nameOf: () => 'of the loaded one',
    close: answer('close', undefined),
  };
  const reader = createLazyCopyReader({ store: 'objects', nameOf: (_, key) => `<${key}>` }, async () => {
    loads += 1;
    return real;
  });
  const chunk = { name: 'c', place: null };
  const pair = { writer: 'az-a', copy: 'az-b' };
  await reader.close();
  expect([loads, reader.store, reader.nameOf(chunk, 'k')]).toEqual([0, 'objects', '<k>']);
  await Promise.all([reader.chunks(pair, null, 1), reader.catchUp(pair, 2)]);
  await reader.digests('az-a', [chunk], 3);
  await reader.items('az-b', [chunk], 4);
  await reader.look(pair, chunk, ['k'], 5);
  await reader.close();
  expect(loads).toBe(1);
  expect(asked.map((line) => line.split(' ')[0])).toEqual([
    ...['chunks', 'catchUp', 'digests', 'items', 'look', 'close'],
  ]);
  expect(asked[4]).toBe(`look ${JSON.stringify([pair, chunk, ['k'], 5])}`);
});

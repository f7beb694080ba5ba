import { startDeadline } from '../../../lib/engines/deadline';
import { listKeys } from '../../../lib/engines/redis/replica/compare-keys';
import type { Connection, RawReply } from '../../../lib/engines/redis/replica/connection';

const OK = Buffer.from('OK');
const SET_IN_A_TABLE = Buffer.from([2, 1]);

/** A server that answers these, one round trip after the other. */
const answering = (...trips: readonly (readonly (RawReply | Error)[])[]): Connection => {
  const left = [...trips];
  return {
    run: async () => null,
    runAll: async () => [],
    readAll: async () => left.shift() ?? [],
    commit: async () => [],
    isOpen: () => true,
    close: () => undefined,
  };
};

const place = {
  db: 0,
  keys: ['k'],
  heavy: new Set<string>(),
  large: new Set<string>(),
  what: 'contents',
} as const;
const list = (connection: Connection) => listKeys(connection, place, startDeadline(1_000));

describe('reading keys', () => {
  it('leaves out one that became another thing between two questions, so that it is looked at again', async () => {
    const wrong = new Error('WRONGTYPE Operation against a key holding the wrong kind of value');
    expect(await list(answering([OK, -1, SET_IN_A_TABLE], [OK, wrong]))).toEqual([]);
  });

  it('hands on any other refusal of the server', async () => {
    const refused = new Error('NOPERM this user has no permissions');
    const asked = list(answering([OK, -1, SET_IN_A_TABLE], [OK, refused]));
    await expect(asked).rejects.toThrow(/NOPERM/);
  });

  it('knows a set by its members, in whatever order they come', async () => {
    const members = (...names: readonly string[]) => names.map((name) => Buffer.from(name));
    const one = await list(answering([OK, -1, SET_IN_A_TABLE], [OK, members('a', 'b')]));
    const other = await list(answering([OK, -1, SET_IN_A_TABLE], [OK, members('b', 'a')]));
    expect(one).toEqual(other);
    const third = await list(answering([OK, -1, SET_IN_A_TABLE], [OK, members('a', 'c')]));
    expect(third).not.toEqual(one);
  });
});

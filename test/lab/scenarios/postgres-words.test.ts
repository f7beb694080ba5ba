import { describeReplication, isSynchronousWith } from '../../../lib/lab/scenarios/postgres-words';

describe('what PostgreSQL says of its standbys', () => {
  test.each([
    ['it waits for a standby that takes part', 'FIRST 1 (az-b-e3)', 'az-b-e3 streaming sync', true],
    ['it waits for nobody', '', 'az-b-e3 streaming async', false],
    ['it waits for somebody else', 'FIRST 1 (az-a-e3)', 'az-b-e3 streaming sync', false],
    ['the standby is behind', 'FIRST 1 (az-b-e3)', 'az-b-e3 catchup sync', false],
    ['a copy is taken beside it', 'FIRST 1 (az-b-e3)', 'pg_basebackup streaming async', false],
  ])('%s', (_what, names, standby, synchronous) => {
    expect(isSynchronousWith({ names, standbys: [standby] }, 'az-b')).toBe(synchronous);
  });

  test('is told in one line', () => {
    expect(describeReplication({ names: '', standbys: [] })).toBe(
      'commits wait for "", the standbys are: none',
    );
  });
});

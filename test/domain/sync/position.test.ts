import { distance } from '../../../lib/domain/sync/position';

describe('the distance of two positions', () => {
  it.each([
    ['postgres', '0/3000060', '0/3000060', 0],
    ['postgres', '0/FFFFFFFF', '1/0', 1],
    ['postgres', '0/10', '0/8', -8],
    ['redis', 'abc:100', 'abc:142', 42],
    ['kafka', '7', '12', 5],
  ] as const)('of %s from %s to %s is %i', (source, before, after, wanted) => {
    expect(distance(source, before, after)).toBe(wanted);
  });

  it.each([
    ['of two histories', 'redis', 'abc:100', 'def:142'],
    ['of what is no LSN', 'postgres', 'x', '0/8'],
    ['of what is no number', 'kafka', '1', 'many'],
    ['without an offset', 'redis', 'abc', 'abc:1'],
    ['before', 'kafka', null, '1'],
    ['after', 'kafka', '1', null],
    ['of objects, whose copier tells it', 'objects', '1', '2'],
  ] as const)('%s is not known', (_what, source, before, after) => {
    expect(distance(source, before, after)).toBeNull();
  });
});

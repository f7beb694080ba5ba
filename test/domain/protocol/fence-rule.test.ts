import { mayGoUnfenced } from '../../../lib/domain/protocol/fence-rule';
import type { OperationMode } from '../../../lib/domain/protocol/seat';
import type { Store } from '../../../lib/domain/topology';

describe('who may leave a silent zone without a fence', () => {
  it.each<[Store, readonly Store[], OperationMode, boolean]>([
    ['objects', ['postgres', 'objects'], 'emergency', true],
    ['objects', ['objects'], 'emergency', false],
    ['objects', ['postgres', 'objects'], 'planned', false],
    ['redis', ['postgres', 'redis', 'objects'], 'emergency', false],
    ['postgres', ['postgres', 'objects'], 'emergency', false],
  ])('%s among %j, %s: %s', (store, stores, mode, may) => {
    expect(mayGoUnfenced(store, { stores, mode })).toBe(may);
  });
});

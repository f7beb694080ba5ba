import { cooldownOver, epochIs, storeOf } from '../../../lib/domain/protocol/clauses';

describe('the store that a clause is about', () => {
  it.each([
    [cooldownOver(0, 'redis'), 'redis'],
    [cooldownOver(0, 'kafka'), 'kafka'],
    [cooldownOver(0), 'postgres'],
    [epochIs(1), 'postgres'],
  ])('%j', (clause, store) => {
    expect(storeOf(clause)).toBe(store);
  });
});

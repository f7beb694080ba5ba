import { refusedLate } from '../../../lib/lab/scenarios/late-effects';

describe('a promotion that comes late', () => {
  const step = 'switch-postgres: {"errorType":"StaleEpoch"}';
  const server = 'epoch 3 refused in az-b: epoch 4 is in force there; read the seat again';

  test('was refused by the seat and by the server', () => {
    expect(refusedLate({ step, server })).toEqual([]);
  });

  test.each([
    [{ step: null, server }, /the late step refused as StaleEpoch wanted.*it went through/],
    [{ step: 'timed out', server }, /StaleEpoch wanted, it was told: timed out/],
    [{ step, server: null }, /refused by the server wanted.*it went through/],
    [{ step, server: 'connection refused' }, /refused by the server wanted.*connection refused/],
  ])('that was not is told, also when it failed for another reason: %o', (answers, sentence) => {
    expect(refusedLate(answers)).toEqual([expect.stringMatching(sentence)]);
  });
});

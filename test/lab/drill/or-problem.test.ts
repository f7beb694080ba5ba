import { orProblem } from '../../../lib/lab/drill/or-problem';

describe('what goes wrong in a drill', () => {
  it.each([
    [new Error('the load did not stop'), 'the load did not stop'],
    ['a bare word', 'a bare word'],
  ])('is a finding, not an end: %s', async (thrown, problem) => {
    const problems: string[] = [];
    expect(await orProblem(problems, () => Promise.reject(thrown))).toBeNull();
    expect(problems).toEqual([problem]);
  });

  it('leaves nothing behind when all went well', async () => {
    const problems: string[] = [];
    expect(await orProblem(problems, async () => 'done')).toBe('done');
    expect(problems).toEqual([]);
  });
});

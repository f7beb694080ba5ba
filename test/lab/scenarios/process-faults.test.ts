import { environmentOf } from '../../../lib/lab/scenarios/process-faults';

describe('a process that is looked at', () => {
  it('has an environment, and none any more when it ended in between', () => {
    expect(environmentOf(process.pid)).toContain('PATH=');
    // Above any process number that the kernel gives.
    expect(environmentOf(2 ** 22 + 1)).toBe('');
  });
});

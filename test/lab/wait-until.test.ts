import { within } from '../../lib/lab/wait-until';

describe('an act that has to end in time', () => {
  test('answers what it answered, and fails as it failed', async () => {
    await expect(within({ what: 'an answer', timeoutMs: 5_000 }, async () => 7)).resolves.toBe(7);
    const broken = within({ what: 'an answer', timeoutMs: 5_000 }, async () =>
      Promise.reject(new Error('no')),
    );
    await expect(broken).rejects.toThrow('no');
  });

  test('is given up when it never ends, with what it was', async () => {
    const never = within(
      { what: 'row one: the way home', timeoutMs: 20 },
      () => new Promise(() => undefined),
    );
    await expect(never).rejects.toMatchObject({
      name: 'DeadlineExceeded',
      message: 'row one: the way home: not within 20 ms',
    });
  });
});

import { DeadlineExceeded, Unreachable } from '../../../lib/domain/errors';
import { isLost, judgeFailure } from '../../../lib/engines/redis/replica/failure';

const coded = (code: string): Error => Object.assign(new Error(`message of ${code}`), { code });

describe('what an error of a probe says of the server', () => {
  it.each([
    ['ECONNREFUSED', 'refused'],
    ['ECONNRESET', 'connection lost'],
    ['EPIPE', 'connection lost'],
    ['ETIMEDOUT', 'timeout'],
    ['EHOSTUNREACH', 'unreachable'],
    ['ENETUNREACH', 'unreachable'],
  ])('%s: failed, %s', (code, reason) => {
    expect(judgeFailure(coded(code))).toEqual({ state: 'failed', reason });
    expect(judgeFailure(new Unreachable('x', { cause: coded(code) }))).toEqual({ state: 'failed', reason });
  });

  it.each([
    'LOADING Redis is loading the dataset in memory',
    'MISCONF Errors writing to the AOF file',
    'MASTERDOWN Link',
  ])('%s: it does not serve', (message) => {
    expect(judgeFailure(new Error(message))).toEqual({ state: 'failed', reason: message });
  });

  it.each(['WRONGPASS invalid', 'NOPERM this user', 'ERR max number of clients reached', 'NOAUTH'])(
    '%s is no evidence against it',
    (message) => {
      expect(judgeFailure(new Error(message))).toEqual({ state: 'unknown', reason: message });
    },
  );

  it('silence is a failure, an ended session too, and an error of our own is not', () => {
    expect(judgeFailure(new DeadlineExceeded('late'))).toEqual({ state: 'failed', reason: 'timeout' });
    expect(judgeFailure(new Error('Connection is closed.'))).toEqual({
      state: 'failed',
      reason: 'connection lost',
    });
    expect(judgeFailure('a string')).toEqual({ state: 'unknown', reason: 'a string' });
    expect(isLost(undefined)).toBe(false);
  });
});

import { DeadlineExceeded, Unreachable } from '../../../lib/domain/errors';
import { isLost, judgeFailure } from '../../../lib/engines/postgres/streaming/failure';

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

  it.each(['57P01', '57P02', '57P03', '58030', 'XX001'])('SQLSTATE %s: it does not serve', (code) => {
    expect(judgeFailure(coded(code))).toEqual({ state: 'failed', reason: expect.stringContaining(code) });
  });

  it.each(['28P01', '42501', '42P01', '3D000', '53300', '57014', 'ENOTFOUND', 'EMFILE'])(
    '%s is no evidence against it',
    (code) => {
      expect(judgeFailure(coded(code)).state).toBe('unknown');
    },
  );

  it('silence is a failure, and an error of our own is not', () => {
    expect(judgeFailure(new DeadlineExceeded('late'))).toEqual({ state: 'failed', reason: 'timeout' });
    expect(judgeFailure(new Error('Connection terminated unexpectedly')).state).toBe('failed');
    expect(judgeFailure(new TypeError('x is not a function')).state).toBe('unknown');
    expect(judgeFailure('a string')).toEqual({ state: 'unknown', reason: 'a string' });
  });

  it('only an ended session is worth a second attempt', () => {
    expect(isLost(coded('57P01'))).toBe(true);
    expect(isLost(coded('28P01'))).toBe(false);
    expect(isLost(undefined)).toBe(false);
  });
});

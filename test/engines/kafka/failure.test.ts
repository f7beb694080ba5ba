import { DeadlineExceeded, Unreachable } from '../../../lib/domain/errors';
import { KafkaAnswer } from '../../../lib/engines/kafka/stretch/error-codes';
import { isLost, judgeFailure } from '../../../lib/engines/kafka/stretch/failure';

const coded = (code: string): Error => Object.assign(new Error(`message of ${code}`), { code });

describe('what an error of a probe says of the broker', () => {
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
    expect(isLost(coded(code))).toBe(true);
  });

  it('silence is a failure; an answer of its own, and nonsense, are no evidence', () => {
    expect(judgeFailure(new DeadlineExceeded('late'))).toEqual({ state: 'failed', reason: 'timeout' });
    expect(judgeFailure(new KafkaAnswer(31, 'DescribeCluster'))).toEqual({
      state: 'unknown',
      reason: 'DescribeCluster: CLUSTER_AUTHORIZATION_FAILED',
    });
    expect(judgeFailure(new KafkaAnswer(999, 'x', 'why'))).toEqual({
      state: 'unknown',
      reason: 'x: error 999 (why)',
    });
    expect(judgeFailure(new Unreachable('x', { cause: new RangeError('an answer of -1 bytes') }))).toEqual({
      state: 'unknown',
      reason: 'an answer of -1 bytes',
    });
    expect(judgeFailure('a string')).toEqual({ state: 'unknown', reason: 'a string' });
    expect(isLost(undefined)).toBe(false);
  });
});

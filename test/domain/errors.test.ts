import * as errors from '../../lib/domain/errors';

const RETRYABLE = ['DeadlineExceeded', 'Unreachable'];

describe('the errors', () => {
  const { Refused, EvacError, ...others } = errors;

  it.each(Object.entries(others))(
    '%s is called by its name, which the state machines match',
    (name, Kind) => {
      const cause = new Error('why');
      const error = new Kind('what was refused', { cause });
      expect(error).toBeInstanceOf(EvacError);
      expect(error).toBeInstanceOf(Error);
      expect([error.name, error.message, error.cause]).toEqual([name, 'what was refused', cause]);
      expect(error.retryable).toBe(RETRYABLE.includes(name));
    },
  );

  it('a refusal carries code and numbers', () => {
    const cause = new Error('why');
    const refused = new Refused('busy', 'wait', { epoch: 3 }, { cause });
    expect(refused).toMatchObject({
      name: 'Refused',
      code: 'busy',
      message: 'wait',
      numbers: { epoch: 3 },
      cause,
    });
    expect(new Refused('busy', 'wait').numbers).toEqual({});
    expect(refused.retryable).toBe(false);
  });

  it('one without a kind of its own is an EvacError', () => {
    expect(new EvacError('x').name).toBe('EvacError');
  });
});

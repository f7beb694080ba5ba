import { DeadlineExceeded, Refused, Unreachable } from '../../../lib/domain/errors';
import { patientReads } from '../../../lib/lab/drill/patient-reads';

const portThat = (...failures: readonly Error[]) => {
  const left = [...failures];
  const asked: string[] = [];
  return {
    asked,
    read: async (what: string): Promise<string> => {
      asked.push(what);
      const failure = left.shift();
      if (failure !== undefined) throw failure;
      return `${what} as it is`;
    },
    write: async (): Promise<void> => {
      throw new Unreachable('away');
    },
  };
};

describe('reads of who only watches', () => {
  it('are asked again until there is an answer', async () => {
    const port = portThat(new Unreachable('away'), new DeadlineExceeded('late'));
    expect(await patientReads(port, ['read']).read('the seat')).toBe('the seat as it is');
    expect(port.asked).toEqual(['the seat', 'the seat', 'the seat']);
  });

  it('are given up after their limit, with what was said last', async () => {
    const port = portThat(new Unreachable('away'));
    await expect(patientReads(port, ['read'], 0).read('the seat')).rejects.toThrow('away');
  });

  it('are not asked again when the answer was no', async () => {
    const port = portThat(new Refused('busy', 'held'));
    await expect(patientReads(port, ['read']).read('the seat')).rejects.toThrow('held');
    expect(port.asked).toHaveLength(1);
  });

  it('leave writes alone: whether one took effect is for the caller to find out', async () => {
    await expect(patientReads(portThat(), ['read']).write()).rejects.toThrow('away');
  });
});

import { CommandFailed } from '../../../lib/lab/lab-errors';
import * as tools from '../../../lib/lab/run-tool';
import * as clock from '../../../lib/lab/zone-clock';
import { whyNoFaketime } from '../../../lib/lab/scenarios/faketime';

jest.mock('../../../lib/lab/run-tool');
jest.mock('../../../lib/lab/zone-clock');
const { findExecutable, runCommand } = jest.mocked(tools);
const { findFaketime } = jest.mocked(clock);

describe('the library that sets clocks wrong', () => {
  beforeEach(() => {
    findFaketime.mockReturnValue(null);
    findExecutable.mockReturnValue('/usr/bin/apt-get');
  });

  it('that could not be installed is a reason, with what was tried', async () => {
    runCommand.mockRejectedValue(new CommandFailed('apt-get ended with 100: no such package', 100, ''));
    expect(await whyNoFaketime()).toMatch(
      /apt-get install .* faketime \(tried, and it failed: apt-get ended with 100: no such package\)/,
    );
  });

  it('any other failure of the attempt is told as it is', async () => {
    runCommand.mockRejectedValue(new Error('out of memory'));
    await expect(whyNoFaketime()).rejects.toThrow('out of memory');
  });

  it('is looked for again after it was installed', async () => {
    runCommand.mockResolvedValue(undefined as never);
    findFaketime.mockReturnValueOnce(null).mockReturnValueOnce('/usr/lib/libfaketime.so.1');
    expect(await whyNoFaketime()).toBeNull();
  });
});

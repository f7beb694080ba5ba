import { connect } from '../../lib/cli/connection';
import { runCli } from '../../lib/cli/program';
import { loadTopology } from '../../lib/config/load-topology';
import { rejectionOf } from '../lambdas/ports';
import { recordedOutput } from './recorded-output';

const ran = async (...args: readonly string[]) => {
  const { output, results, notes } = recordedOutput();
  const code = await runCli(args, output);
  return { code, text: [...results, ...notes].join('\n') };
};

describe('a command line', () => {
  it('knows explain and backtest, and helps', async () => {
    const { code, text } = await ran('--help');
    expect(code).toBe(0);
    expect(text).toMatch(/explain \[options\] \[epoch\]/);
    expect(text).toMatch(/backtest \[options\]/);
    expect((await ran('backtest', '--help')).text).toContain('--policy <file>');
  });

  it.each([
    [['juggle'], 2],
    [['status', '--config', 'nowhere.yaml'], 2],
    [['explain', '--config', 'package.json'], 2],
  ])('%j ends with %i and says why', async (args, code) => {
    const ended = await ran(...args);
    expect(ended.code).toBe(code);
    expect(ended.text).not.toBe('');
  });
});

describe('a Region that does not answer', () => {
  it('is named, and nothing was changed', async () => {
    const endpoint = { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' };
    const failed = await rejectionOf(connect(loadTopology('config/lab.yaml'), endpoint));
    expect(failed.name).toBe('Unreachable');
    expect(failed.message).toMatch(
      /the lab at http:\/\/127\.0\.0\.1:9.* does not answer: .*Nothing was changed/,
    );
  });
});

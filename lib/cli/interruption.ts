import type { Lab } from '../lab/lab';
import { ExitCode } from './exit-code';
import type { Output } from './output';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** While `act` runs, Ctrl-C ends the lab before the CLI ends, and says so. */
export const endOnSignals = async <T>(lab: Lab, output: Output, act: () => Promise<T>): Promise<T> => {
  const end = (signal: NodeJS.Signals): void => {
    output.note(`${signal}: ending the lab`);
    lab.down().then(
      () => process.exit(ExitCode.failed),
      (error: unknown) => {
        output.note(`${String(error)}; run: npm run lab -- down`);
        process.exit(ExitCode.failed);
      },
    );
  };
  for (const signal of SIGNALS) process.on(signal, end);
  try {
    return await act();
  } finally {
    for (const signal of SIGNALS) process.off(signal, end);
  }
};

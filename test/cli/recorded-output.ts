import type { Output } from '../../lib/cli/output';

/** What a command wrote, for the test to read back. */
export const recordedOutput = () => {
  const results: string[] = [];
  const notes: string[] = [];
  const output: Output = {
    result: (text) => void results.push(text),
    note: (text) => void notes.push(text),
  };
  return { output, results, notes };
};

/** Where a command writes; tests read it back. */
export interface Output {
  /** The result: text, or one JSON document with `--json`. */
  result(text: string): void;
  /** Progress and refusals, on standard error so that `--json` stays parseable. */
  note(text: string): void;
}

export const terminalOutput: Output = {
  result: (text) => process.stdout.write(`${text}\n`),
  note: (text) => process.stderr.write(`${text}\n`),
};

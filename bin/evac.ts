import { terminalOutput } from '../lib/cli/output';
import { runCli } from '../lib/cli/program';

void runCli(process.argv.slice(2), terminalOutput).then((code) => {
  process.exitCode = code;
});

import { projectFolder } from '../../lib/cli/project-folder';
import { ensureParts } from '../../lib/lab/install-parts';
import { describeMachine } from '../../lib/lab/machine';

ensureParts(describeMachine(projectFolder), {
  install: true,
  report: (line) => process.stdout.write(`${line}\n`),
}).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});

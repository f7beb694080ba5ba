import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import process from 'node:process';
import { URL, fileURLToPath } from 'node:url';

/** Parts the real engines need are found, or installed, once before the first suite; a suite then only looks. */
export default () => {
  const script = fileURLToPath(new URL('ensure-parts.ts', import.meta.url));
  const tsx = createRequire(import.meta.url).resolve('tsx/cli');
  const { status } = spawnSync(process.execPath, [tsx, script], { stdio: 'inherit' });
  if (status !== 0) process.stderr.write('parts are missing; the suites that need them name what\n');
};

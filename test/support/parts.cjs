/** Parts the real engines need are found, or installed, once before the first suite; a suite then only looks. */
const { spawnSync } = require('node:child_process');
const { join } = require('node:path');

module.exports = () => {
  const script = join(__dirname, 'ensure-parts.ts');
  const tsx = require.resolve('tsx/cli');
  const { status } = spawnSync(process.execPath, [tsx, script], { stdio: 'inherit' });
  if (status !== 0) process.stderr.write('parts are missing; the suites that need them name what\n');
};

import { CommandFailed } from '../lab-errors';
import { findExecutable, runCommand } from '../run-tool';
import { findFaketime } from '../zone-clock';

const INSTALL_TIMEOUT_MS = 120_000;
const HOW = 'apt-get install -y --no-install-recommends faketime';

/**
 * Why no clock of a zone can be set wrong here; null when one can. Installed where that can be done, as every other
 * part of the lab is.
 */
export const whyNoFaketime = async (): Promise<string | null> => {
  if (findFaketime() !== null) return null;
  const missing = `libfaketime is not on this machine, and without it no clock can be set wrong: ${HOW}`;
  const aptGet = findExecutable('apt-get');
  if (aptGet === null || process.getuid?.() !== 0) return missing;
  const args = ['-o', 'DPkg::Lock::Timeout=60', 'install', '-y', '--no-install-recommends', 'faketime'];
  const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const env = { ...process.env, PATH, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await runCommand({ command: aptGet, args, env, timeoutMs: INSTALL_TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    return `${missing} (tried, and it failed: ${error.message.slice(0, 200)})`;
  }
  return findFaketime() === null ? missing : null;
};

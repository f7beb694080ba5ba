import { readFileSync } from 'node:fs';
import { InvalidConfiguration } from '../../domain/errors';

export interface OsUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The user to run PostgreSQL as: it refuses root. Null when this process is not root, and so runs it as itself.
 * @throws InvalidConfiguration when there is no such user.
 */
export function findOsUser(name: string, accounts = readFileSync('/etc/passwd', 'utf8')): OsUser | null {
  if (process.getuid?.() !== 0) return null;
  const fields = accounts.split('\n').map((line) => line.split(':'));
  const [, , uid, gid] = fields.find(([account]) => account === name) ?? [];
  if (uid === undefined || gid === undefined)
    throw new InvalidConfiguration(`there is no user ${name} on this machine; install PostgreSQL's package`);
  return { uid: Number(uid), gid: Number(gid) };
}

import type { ZoneId } from '../../../domain/topology';
import type { Command, Connection, Reply } from './connection';
import type { Deadline } from '../../deadline';

/** A server that starts again keeps out whom it kept out: the users stand in memory only until they are saved. */
const KEEP: Command = ['ACL', 'SAVE'];

/** Ends who is connected in the same transaction that keeps them out: nobody is served between the two. */
export const closeTo = (users: readonly string[]): readonly Command[] => [
  ...users.flatMap((user): Command[] => [
    ['ACL', 'SETUSER', user, 'off'],
    ['CLIENT', 'KILL', 'USER', user],
  ]),
  KEEP,
];

export const openTo = (users: readonly string[]): readonly Command[] => [
  ...users.map((user): Command => ['ACL', 'SETUSER', user, 'on']),
  KEEP,
];

export const askUsersFile: Command = ['CONFIG', 'GET', 'aclfile'];

/** What is missing, by the answer to `askUsersFile`; none: users are kept in a file. */
export const usersFileFindings = (zone: ZoneId, answer: Reply): readonly string[] => {
  const [, path] = Array.isArray(answer) ? (answer as readonly Reply[]) : [];
  if (typeof path === 'string' && path !== '') return [];
  return [`no aclfile is set in ${zone}: a restart would let the workload in; set it and restart Redis`];
};

/** A line of ACL LIST: `user <name> on|off …`; the rest are its passwords and rules. */
const userIn = (line: Reply): { readonly name: string; readonly isOn: boolean; readonly rules: string } => {
  const [, name = '', state = '', ...rules] = String(line).split(' ');
  return { name, isOn: state === 'on', rules: rules.join(' ') };
};

export interface KnownUser {
  readonly name: string;
  readonly isOn: boolean;
  /** As ACL LIST prints them, hashes of passwords among them: never shown to anybody. */
  readonly rules: string;
}

export const usersIn = (aclList: Reply): readonly KnownUser[] =>
  Array.isArray(aclList) ? (aclList as readonly Reply[]).map(userIn) : [];

const isUnlimited = ({ rules }: KnownUser): boolean => {
  const all = rules.split(' ');
  return all.includes('~*') && all.includes('+@all') && !all.some((rule) => rule.startsWith('-'));
};

/**
 * Redis 7 replays the transactions of its append-only file as the user `default`, and leaves out those that this user may not
 * run: a server that was killed comes back without what it acknowledged, with a line in its log and no error
 * (docs/decisions/redis-acknowledgement.md). By the answer to ACL LIST.
 */
export const replayFindings = (zone: ZoneId, users: readonly KnownUser[]): readonly string[] =>
  users.some((user) => user.name === 'default' && isUnlimited(user))
    ? []
    : [
        `user default may not run everything in ${zone}: after a restart Redis leaves out what it replays as that user, acknowledged writes ` +
          'among it; give it off resetpass ~* &* +@all, so that nobody comes in as it',
      ];

/** Who of the workload may come in, by the answer to ACL LIST. */
export const openAmong = (aclList: Reply, users: readonly string[]): readonly string[] =>
  usersIn(aclList)
    .filter(({ name, isOn }) => isOn && users.includes(name))
    .map(({ name }) => name);

export const openUsers = async (
  connection: Connection,
  users: readonly string[],
  deadline: Deadline,
): Promise<readonly string[]> => openAmong(await connection.run(['ACL', 'LIST'], deadline), users);

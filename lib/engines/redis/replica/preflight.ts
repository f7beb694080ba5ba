import type { ZoneId } from '../../../domain/topology';
import type { Effect, VerifyReport } from '../../../ports/engine';
import { startDeadline } from '../../deadline';
import type { Reply } from './connection';
import { asFenceRow, readFenceRow } from './fence-row';
import { positionOf } from './level';
import type { RedisContext } from './redis-replica';
import { asReplicationInfo, readReplication } from './replication-info';
import type { KnownUser } from './workload-users';
import { askUsersFile, replayFindings, usersFileFindings, usersIn } from './workload-users';

/** Without this a replica takes writes that nobody else gets. */
const settingFindings = (to: ZoneId, readOnly: Reply): readonly string[] => {
  const value = Array.isArray(readOnly) ? (readOnly as readonly Reply[])[1] : null;
  return value === 'yes' ? [] : [`replica-read-only is ${String(value)} in ${to}: set it to yes`];
};

/** Who is on, unknown to the configuration and allowed to write would write through every fence. */
function userFindings(to: ZoneId, users: readonly KnownUser[], own: string, workload: readonly string[]) {
  const missing = workload.filter((name) => !users.some((user) => user.name === name));
  const others = users.filter(({ name, isOn }) => isOn && name !== own && !workload.includes(name));
  const writers = others.filter(({ rules }) => mayWrite(rules));
  return [
    ...missing.map((name) => `there is no user ${name} in ${to}`),
    ...writers.map(
      ({ name }) => `user ${name} may write in ${to} and is not in workloadUsers: no fence would stop it`,
    ),
  ];
}

const writing = '(all|write|string|hash|list|set|sortedset|stream|keyspace|dangerous)';
const grants = new RegExp(`^(\\+@${writing}|allcommands)$`);
const revokes = /^(-@(all|write)|nocommands)$/;

/** Rules come in order, and the last one that says anything of writes wins. Single commands are not looked at. */
const mayWrite = (rules: string): boolean =>
  rules
    .split(' ')
    .reduce((may, rule) => (grants.test(rule) ? true : revokes.test(rule) ? false : may), false);

/** See `Engine.preflight`. @throws Unreachable, DeadlineExceeded when the replica does not answer. */
export async function preflightReplica(
  { sessions, workloadUsers }: RedisContext,
  to: ZoneId,
  effect: Effect,
): Promise<VerifyReport> {
  const deadline = startDeadline(effect.deadlineMs);
  const connection = await sessions.open(to, deadline);
  try {
    const asked = [
      readFenceRow,
      readReplication,
      ['CONFIG', 'GET', 'replica-read-only'],
      ['ACL', 'LIST'],
      askUsersFile,
    ] as const;
    const [rowReply = null, infoReply = null, readOnly = null, users = null, usersFile = null] =
      await connection.runAll(asked, deadline);
    const row = asFenceRow(rowReply);
    const info = asReplicationInfo(infoReply);
    const findings = [
      ...(info.isReplica ? [] : [`the server in ${to} is no replica`]),
      ...(row === null ? [`evac:fence in ${to} is missing`] : []),
      ...settingFindings(to, readOnly),
      ...usersFileFindings(to, usersFile),
      ...replayFindings(to, usersIn(users)),
      ...userFindings(to, usersIn(users), sessions.access(to).user, workloadUsers),
    ];
    return {
      ok: findings.length === 0,
      findings,
      numbers: { epoch: row?.epoch ?? null, position: positionOf(info) },
    };
  } finally {
    connection.close();
  }
}

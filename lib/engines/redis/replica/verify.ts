import type { ZoneId } from '../../../domain/topology';
import type { Effect, VerifyReport } from '../../../ports/engine';
import { startDeadline } from '../../deadline';
import type { FenceRow } from './fence-row';
import { asFenceRow, readFenceRow } from './fence-row';
import { positionOf } from './level';
import { asReplicationInfo, readReplication } from './replication-info';
import type { Sessions } from './sessions';

function checkRow(row: FenceRow | null, zone: ZoneId, epoch: number): readonly string[] {
  if (row === null) return [`evac:fence in ${zone} is missing`];
  return [
    ...(row.epoch === epoch ? [] : [`the fence row in ${zone} is at epoch ${row.epoch}, expected ${epoch}`]),
    ...(row.zone === zone ? [] : [`the fence row in ${zone} names ${row.zone} as the writer`]),
  ];
}

/**
 * See `Engine.verify`: the server in `zone` is the writer of this epoch, and writes.
 * @throws Unreachable, DeadlineExceeded when the server does not answer.
 */
export async function verifyWriter(sessions: Sessions, zone: ZoneId, effect: Effect): Promise<VerifyReport> {
  const deadline = startDeadline(effect.deadlineMs);
  const connection = await sessions.open(zone, deadline);
  try {
    const asked = [readFenceRow, readReplication, ['DBSIZE']] as const;
    const [rowReply = null, infoReply = null, keys = null] = await connection.runAll(asked, deadline);
    const row = asFenceRow(rowReply);
    const info = asReplicationInfo(infoReply);
    const findings = [
      ...(info.isReplica ? [`the server in ${zone} is a replica, not the writer`] : []),
      ...checkRow(row, zone, effect.epoch),
    ];
    const numbers: Record<string, number | string | null> = {
      epoch: row?.epoch ?? null,
      position: positionOf(info),
      keys: Number(keys),
    };
    if (findings.length === 0) {
      const startedMs = performance.now();
      await connection.run(['SET', 'evac:probe', String(effect.epoch)], deadline);
      numbers['writeMs'] = Math.round((performance.now() - startedMs) * 10) / 10;
    }
    return { ok: findings.length === 0, findings, numbers };
  } finally {
    connection.close();
  }
}

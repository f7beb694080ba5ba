import { Refused } from '../../../domain/errors';
import type { Rebuild } from '../../../domain/protocol/seat';
import type { ZoneId } from '../../../domain/topology';
import type { Effect } from '../../../ports/engine';
import type { HostControl, Rejoined } from '../../../ports/host-control';
import { startDeadline } from '../../deadline';
import type { Guarded } from './epoch-guard';
import { requireWriter, underEpoch } from './epoch-guard';
import { resumeReplay } from './replay';
import type { Sessions } from './sessions';
import { standbyNameOf } from './synchronous-gate';

/**
 * pg_rewind reads the source's timeline from its control file, which names the old one until the first checkpoint
 * after the promotion; rewinding before that breaks the rejoin.
 */
async function recordTimeline({ connection, deadline }: Guarded): Promise<void> {
  const text = `select timeline_id = ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int as known
    from pg_control_checkpoint()`;
  const [row] = await connection.query(text, [], deadline);
  if (row?.['known'] !== true) await connection.query('checkpoint', [], deadline);
}

interface StandbyOrder {
  readonly zone: ZoneId;
  readonly writer: ZoneId;
  readonly rebuild: Rebuild | undefined;
}

/** See `Engine.rejoin`; the host does the work, and refuses an older epoch as the writer does. */
export async function rejoinStandby(
  context: { readonly sessions: Sessions; readonly hosts: HostControl },
  { zone, writer, rebuild }: StandbyOrder,
  effect: Effect,
): Promise<Rejoined> {
  const { sessions, hosts } = context;
  if (zone === writer) throw new Refused('same-zone', `${zone} is the writer and cannot be its own standby`);
  const deadline = startDeadline(effect.deadlineMs);
  await underEpoch(sessions, writer, effect, async (guarded) => {
    requireWriter(guarded);
    await recordTimeline(guarded);
  });
  const { host, port } = sessions.access(writer);
  const standbyName = standbyNameOf(zone, effect.epoch);
  const upstream = { epoch: effect.epoch, upstreamHost: host, upstreamPort: port, standbyName };
  const order = rebuild === undefined ? upstream : ({ ...upstream, fresh: true, ...rebuild } as const);
  const rejoined = await hosts.rejoin(zone, order, Math.max(1, deadline.remainingMs()));
  await resumeReplay(sessions, zone, { ...effect, deadlineMs: Math.max(1, deadline.remainingMs()) });
  return rejoined;
}

import { DeadlineExceeded, EvacError, Refused, StaleEpoch } from '../../../lib/domain/errors';
import type { ProbeResult, ReplicationView } from '../../../lib/domain/observation';
import type { Effect, Engine, FenceReport, LevelReport, VerifyReport } from '../../../lib/ports/engine';
import type { HostControl } from '../../../lib/ports/host-control';
import type { DataZone } from '../places';
import { dataZoneOf, otherZone } from '../places';
import type { Server, SyncSetting } from './server';
import { LSN_BYTES, lsnOf, NOBODY } from './server';
import type { Deadline, Guarded, Session, Sessions, SessionsContext } from './sessions';
import { createSessions, endOlderHolder, endWorkload } from './sessions';

/** The adapter's own steps over the model: each is one request that may be lost, late, or answered to nobody. */

const viewOf = (server: Server): ReplicationView => ({
  role: server.inRecovery ? 'standby' : 'primary',
  position: lsnOf(server.wal.length),
  timeline: server.timeline,
  writable: !server.inRecovery && !server.isReadOnly,
  lagSeconds: !server.inRecovery || server.link !== null ? 0 : null,
  standbys: server.inRecovery
    ? []
    : [...server.flushedBy].map(([name, flushed]) => ({
        name,
        state: 'streaming',
        syncState: name === server.sync.name ? 'sync' : 'async',
        flushLagBytes: Math.max(0, server.wal.length - flushed) * LSN_BYTES,
      })),
  syncSetting: server.sync.name === '' ? '' : `FIRST 1 ("${server.sync.name}")`,
  blockedWriters: server.waiting.length,
  fenceEpoch: server.fence.epoch,
  beaconAtMs: server.beaconAtMs,
  upstreamHost: server.link?.upstream ?? null,
});

export interface EngineContext extends SessionsContext {
  readonly hosts: HostControl;
}

const POLL_MS = 20;
const PROBE_STATES = { timeout: 'timeout', refused: 'refused' } as const;

const probe = async (
  { process }: EngineContext,
  sessions: Sessions,
  zone: DataZone,
  timeoutMs: number,
): Promise<ProbeResult> => {
  const startedMs = process.clock.monotonicMs();
  try {
    const replication = await sessions.look(zone, timeoutMs, viewOf);
    return { state: 'ok', reason: null, latencyMs: process.clock.monotonicMs() - startedMs, replication };
  } catch (error) {
    const reason = error instanceof DeadlineExceeded ? PROBE_STATES.timeout : PROBE_STATES.refused;
    return { state: 'failed', reason, latencyMs: null };
  }
};

const requireWriter = ({ zone, inRecovery }: Guarded): void => {
  if (inRecovery) throw new Refused('not-writer', `the server in ${zone} is a standby`);
};

const EPOCH_PATIENCE_MS = 500;

/** As lib/engines/power-fence.ts: a store that answers may know a newer epoch than its host. */
const refuseOlder = async (sessions: Sessions, from: DataZone, effect: Effect): Promise<void> => {
  const asking = { ...effect, deadlineMs: Math.min(EPOCH_PATIENCE_MS, effect.deadlineMs / 4) };
  for (let times = 0; times < 2; times += 1) {
    try {
      await sessions.underEpoch(from, asking, async () => undefined);
      return;
    } catch (error) {
      if (error instanceof StaleEpoch) throw error;
    }
  }
};

const powerFence = async (
  { hosts, bug }: EngineContext,
  sessions: Sessions,
  from: DataZone,
  effect: Effect,
): Promise<FenceReport> => {
  const kind = 'power';
  if (bug === 'power-fence-assumed') return { kind, holds: true, why: 'it was asked for' };
  await refuseOlder(sessions, from, effect);
  try {
    await hosts.stop(from, { epoch: effect.epoch }, effect.deadlineMs);
    const { engine } = await hosts.status(from, effect.deadlineMs);
    return { kind, holds: engine === 'stopped', why: `the host in ${from} says it is ${engine}` };
  } catch (error) {
    if (!(error instanceof EvacError) || error instanceof StaleEpoch) throw error;
    return { kind, holds: false, why: error.message };
  }
};

const synchronousFence = async (sessions: Sessions, from: DataZone, effect: Effect): Promise<FenceReport> => {
  const standby = otherZone(from);
  const seen = await sessions.look(standby, effect.deadlineMs, ({ fence, inRecovery }) => ({
    fence,
    inRecovery,
  }));
  if (seen.fence.epoch > effect.epoch)
    throw new StaleEpoch(`${standby} has replayed epoch ${seen.fence.epoch}`);
  const holds = seen.fence.zone === from || !seen.inRecovery;
  return { kind: 'synchronous-standby', holds, why: `${standby} has replayed ${seen.fence.zone}` };
};

const becomeReadOnly = async (
  context: EngineContext,
  sessions: Sessions,
  guarded: Guarded,
): Promise<FenceReport> => {
  const { zone } = guarded;
  const kind = 'read-only';
  if (guarded.inRecovery) return { kind, holds: true, why: `the server in ${zone} is in recovery` };
  await sessions.act(guarded, 'read-only on', (server) => context.cluster.setReadOnly(server, true));
  await sessions.waitUntil(guarded, `read-only in ${zone}`, ({ isReadOnly }) => isReadOnly);
  await sessions.act(guarded, 'end sessions', (server) => endWorkload(server));
  return { kind, holds: true, why: `${zone} is read-only and its sessions have ended` };
};

const positionOf = async (sessions: Sessions, zone: DataZone, timeoutMs: number): Promise<number | null> =>
  sessions.look(zone, Math.max(1, timeoutMs), ({ wal }) => wal.length).catch(() => null);

const waitUntilLevel = async (
  { process }: EngineContext,
  sessions: Sessions,
  [from, to]: readonly [DataZone, DataZone],
  { deadlineMs }: Effect,
): Promise<LevelReport> => {
  const deadline: Deadline = sessions.startDeadline(deadlineMs);
  const writer = await positionOf(sessions, from, deadlineMs / 2);
  for (;;) {
    const standby = await positionOf(sessions, to, deadline.leftMs());
    const bytesBehind =
      writer === null || standby === null ? null : Math.max(0, writer - standby) * LSN_BYTES;
    const text = (position: number | null): string | null => (position === null ? null : lsnOf(position));
    const report = { writerPosition: text(writer), standbyPosition: text(standby), bytesBehind };
    if (bytesBehind === 0 || writer === null || deadline.leftMs() <= POLL_MS)
      return { level: bytesBehind === 0, ...report };
    await process.clock.sleep(POLL_MS);
  }
};

const promote = async (context: EngineContext, sessions: Sessions, guarded: Guarded): Promise<void> => {
  const { cluster, bug } = context;
  await sessions.act(guarded, 'promote', (server) => {
    Object.assign(server, { isReadOnly: true, wantsReadOnly: true });
    cluster.promote(server);
  });
  await sessions.waitUntil(guarded, `${guarded.zone} to leave recovery`, ({ inRecovery }) => !inRecovery);
  await sessions.act(guarded, 'raise the fence row', (server) => {
    cluster.append(server, { kind: 'fence', epoch: guarded.epoch, zone: server.zone });
    if (server.sync.name !== '') cluster.setSync(server, NOBODY);
    if (bug === 'admitted-with-the-promotion') cluster.setReadOnly(server, false);
  });
};

const verify = async (sessions: Sessions, zone: DataZone, effect: Effect): Promise<VerifyReport> => {
  const { fence, inRecovery } = await sessions.look(zone, effect.deadlineMs, (server) => ({
    fence: server.fence,
    inRecovery: server.inRecovery,
  }));
  const findings = [
    ...(inRecovery ? [`the server in ${zone} is a standby`] : []),
    ...(fence.epoch === effect.epoch ? [] : [`the fence row is at ${fence.epoch}, expected ${effect.epoch}`]),
    ...(fence.zone === zone ? [] : [`the fence row names ${fence.zone}`]),
  ];
  return { ok: findings.length === 0, findings, numbers: { epoch: fence.epoch } };
};

/** §3b.1: the newer epoch is replayed there, and nobody older holds its lock. */
const settleStandby = async (sessions: Sessions, guarded: Guarded, standby: DataZone): Promise<void> => {
  const { epoch, deadline } = guarded;
  const there = await sessions.open(standby, epoch, deadline);
  await sessions.waitUntil(
    there,
    `epoch ${epoch} to be replayed in ${standby}`,
    ({ inRecovery, isPromoting, fence }) => {
      if (!inRecovery || isPromoting)
        throw new Refused('promoted', `the standby in ${standby} has been promoted`);
      return fence.epoch >= epoch;
    },
  );
  await sessions.act(there, 'end older holders', (server) => endOlderHolder(server, epoch));
};

const setStandbys = (context: EngineContext, sessions: Sessions, session: Session, sync: SyncSetting) =>
  sessions.act(session, `standbys ${sync.isGated ? 'gated ' : ''}"${sync.name}"`, (server) =>
    context.cluster.setSync(server, sync),
  );

/** §3b.3: a commit is seen to wait at the closed gate; only then it is opened. */
const closeProve = async (context: EngineContext, sessions: Sessions, guarded: Guarded, name: string) => {
  const closing = { ...guarded, deadline: guarded.deadline.atMost(5_000) };
  await setStandbys(context, sessions, closing, { name, isGated: true });
  await sessions.waitUntil(
    closing,
    'a commit to be held back by the gate',
    ({ enforced }) => enforced.isGated,
  );
  await setStandbys(context, sessions, closing, { name, isGated: false });
};

/** A second run finds the gate open, and leaves it. */
const makeSynchronous = async (
  context: EngineContext,
  sessions: Sessions,
  guarded: Guarded,
  name: string,
): Promise<void> => {
  const { cluster, bug } = context;
  await sessions.waitUntil(
    guarded,
    `${name} to stream, nearly level`,
    ({ flushedBy, wal }) => (flushedBy.get(name) ?? -1_000) >= wal.length - 50,
  );
  if (bug === 'eligible-on-displayed-sync')
    return setStandbys(context, sessions, guarded, { name, isGated: false });
  const isOpen = await sessions.act(
    guarded,
    'show standbys',
    ({ sync }) => sync.name === name && !sync.isGated,
  );
  if (!isOpen) await closeProve(context, sessions, guarded, name);
  const lsn = await sessions.act(guarded, 'write a little', (server) => {
    cluster.append(server, { kind: 'fence', epoch: server.fence.epoch, zone: server.zone });
    return server.wal.length;
  });
  await sessions.waitUntil(
    guarded,
    `${name} to flush past ${lsn}`,
    ({ flushedBy, enforced }) => !enforced.isGated && (flushedBy.get(name) ?? 0) >= lsn,
  );
};

export const createEngine = (context: EngineContext): Engine => {
  const { cluster, hosts } = context;
  const sessions = createSessions(context);
  return {
    component: 'postgres',
    capabilities: {
      softFence: true,
      synchronousFence: true,
      rejoin: true,
      electsItself: false,
      asynchronous: false,
    },
    probe: (zone, timeoutMs) => probe(context, sessions, dataZoneOf(zone), timeoutMs),
    beacon: (zone, atMs, timeoutMs) =>
      sessions.effect(dataZoneOf(zone), timeoutMs, (server) => {
        if (server.inRecovery) throw new Refused('not-writer', `the server in ${zone} is a standby`);
        cluster.append(server, { kind: 'beacon', atMs });
      }),
    newestBeaconMs: (zone, timeoutMs) =>
      sessions.look(dataZoneOf(zone), timeoutMs, ({ beaconAtMs }) => beaconAtMs).catch(() => null),
    fence: async (name, { mode, standbyEligible }, effect) => {
      const from = dataZoneOf(name);
      if (mode === 'planned')
        return sessions.underEpoch(from, effect, (guarded) => becomeReadOnly(context, sessions, guarded));
      if (!standbyEligible) return powerFence(context, sessions, from, effect);
      const bySync = await synchronousFence(sessions, from, effect);
      return bySync.holds ? bySync : powerFence(context, sessions, from, effect);
    },
    waitUntilLevel: (from, to, effect) =>
      waitUntilLevel(context, sessions, [dataZoneOf(from), dataZoneOf(to)], effect),
    ensureWriterIn: (zone, effect) =>
      sessions.underEpoch(dataZoneOf(zone), effect, async (guarded) => {
        if (guarded.inRecovery) return promote(context, sessions, guarded);
        if (guarded.rowZone !== guarded.zone)
          await sessions.act(guarded, 'raise the fence row', (server) =>
            cluster.append(server, { kind: 'fence', epoch: guarded.epoch, zone: server.zone }),
          );
      }),
    admitWrites: (zone, effect) =>
      sessions.underEpoch(dataZoneOf(zone), effect, async (guarded) => {
        requireWriter(guarded);
        await sessions.act(guarded, 'read-only off', (server) => cluster.setReadOnly(server, false));
        await sessions.waitUntil(guarded, `${zone} to admit writes`, ({ isReadOnly }) => !isReadOnly);
      }),
    verify: (zone, effect) => verify(sessions, dataZoneOf(zone), effect),
    preflight: async (to, effect) => {
      const inRecovery = await sessions.look(
        dataZoneOf(to),
        effect.deadlineMs,
        (server) => server.inRecovery,
      );
      const findings = inRecovery ? [] : [`the server in ${to} is no standby`];
      return { ok: inRecovery, findings, numbers: {} };
    },
    undoFence: (from, { standby }, effect) =>
      sessions.underEpoch(dataZoneOf(from), effect, async (guarded) => {
        requireWriter(guarded);
        if (standby !== null) await settleStandby(sessions, guarded, dataZoneOf(standby));
        await sessions.act(guarded, 'read-only off', (server) => cluster.setReadOnly(server, false));
        await sessions.waitUntil(guarded, `${from} to admit writes`, ({ isReadOnly }) => !isReadOnly);
      }),
    degrade: (zone, effect) =>
      sessions.underEpoch(dataZoneOf(zone), effect, async (guarded) => {
        requireWriter(guarded);
        await setStandbys(context, sessions, guarded, NOBODY);
        await sessions.waitUntil(
          guarded,
          'waiting commits to be let go',
          ({ enforced, waiting }) => enforced.name === '' && waiting.length === 0,
        );
      }),
    rejoin: async (name, writer, effect) => {
      const zone = dataZoneOf(name);
      if (name === writer) throw new Refused('same-zone', `${name} is the writer`);
      const deadline = sessions.startDeadline(effect.deadlineMs);
      await sessions.underEpoch(dataZoneOf(writer), effect, async (guarded) => requireWriter(guarded));
      const standbyName = `${zone}-e${effect.epoch}`;
      const order = { epoch: effect.epoch, upstreamHost: writer, upstreamPort: 5432, standbyName };
      return hosts.rejoin(zone, order, Math.max(1, deadline.leftMs()));
    },
    ensureSynchronous: (writer, standby, effect) =>
      sessions.underEpoch(dataZoneOf(writer), effect, async (guarded) => {
        requireWriter(guarded);
        await makeSynchronous(context, sessions, guarded, `${standby}-e${effect.epoch}`);
      }),
    close: async () => undefined,
  };
};

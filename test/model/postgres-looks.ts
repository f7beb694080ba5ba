import { NOW_MS } from '../domain/decision/world';
import type { Answer } from './calls';
import { told } from './calls';
import { epochAhead } from './looking';
import type { Acting } from './postgres';
import { asZone, epochOf, silenceOf } from './postgres';
import { holdsAll } from './replication';
import type { DataZone, World } from './world';

/** What the engine only reads: one instant, no lock. */

/** Some loss, so that a person's price may be kept or not (I3). */
const BEACON_MS = NOW_MS - 800;

const probe = (world: World, zone: DataZone): Answer => {
  const server = world.servers[zone];
  if (silenceOf(world, zone) !== null)
    return told('probe failed', { state: 'failed', reason: 'timeout', latencyMs: null });
  const role = server.inRecovery ? 'standby' : 'primary';
  const writable = !server.inRecovery && !server.readOnly;
  // Read by a reseat alone; left out where there is none to do, it makes no states.
  const isBehind = epochAhead(world) > 0;
  const fenceEpoch = isBehind ? server.fenceEpoch : null;
  const timeline = isBehind ? server.timeline : null;
  const replication = { role, writable, fenceEpoch, timeline, beaconAtMs: BEACON_MS };
  return told(`probe ${role} ${writable} ${fenceEpoch} ${timeline}`, {
    state: 'ok',
    reason: null,
    latencyMs: 1,
    replication,
  });
};

const report = (findings: readonly string[]): Answer =>
  told(`findings ${findings.join()}`, { ok: findings.length === 0, findings, numbers: {} });

const verify = (world: World, zone: DataZone, epoch: number): Answer => {
  const { inRecovery, fenceEpoch, fenceZone } = world.servers[zone];
  return report([
    ...(inRecovery ? ['standby'] : []),
    ...(fenceEpoch === epoch ? [] : ['epoch']),
    ...(fenceZone === zone ? [] : ['zone']),
  ]);
};

const level = (world: World, from: DataZone, to: DataZone): Answer => {
  const isKnown = silenceOf(world, from) === null && silenceOf(world, to) === null;
  const isLevel = isKnown && holdsAll(world.servers[to], world.servers[from].history);
  const bytesBehind = isKnown ? (isLevel ? 0 : 1) : null;
  return told(`level ${isLevel}`, {
    level: isLevel,
    bytesBehind,
    writerPosition: null,
    standbyPosition: null,
  });
};

/** A probe, a verification, a preflight, or how far the standby is. */
export const look = (acting: Acting): Answer => {
  const { world, call } = acting;
  const zone = asZone(call.args[0]);
  if (call.name === 'postgres.probe') return probe(world, zone);
  if (call.name === 'postgres.waitUntilLevel') return level(world, zone, asZone(call.args[1]));
  const silence = silenceOf(world, zone);
  if (silence !== null) return silence;
  if (call.name === 'postgres.verify') return verify(world, zone, epochOf(call));
  return report(world.servers[zone].inRecovery ? [] : ['no standby']);
};

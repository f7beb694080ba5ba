import { Side } from '../../../domain/copier/cursor';
import type { ZoneId } from '../../../domain/topology';
import type { Effect, VerifyReport } from '../../../ports/engine';
import { startDeadline } from '../../deadline';
import type { ZoneStores } from './zone-stores';

/** See `Engine.verify`: the store in `zone` is the writer of this epoch, and writes. */
export async function verifyWriter(stores: ZoneStores, zone: ZoneId, effect: Effect): Promise<VerifyReport> {
  const deadline = startDeadline(effect.deadlineMs);
  const { cursor: object, control } = stores.at(zone);
  const { cursor } = await object.read(deadline);
  const findings = [
    ...(cursor.side === Side.writer ? [] : [`the store in ${zone} follows ${cursor.writer}`]),
    ...(cursor.epoch === effect.epoch
      ? []
      : [`the cursor in ${zone} is at epoch ${cursor.epoch}, expected ${effect.epoch}`]),
  ];
  const { objects, quarantined, levelAgeMs } = cursor.progress;
  const numbers: Record<string, number | string | null> = {
    epoch: cursor.epoch,
    copiedObjects: objects,
    quarantined,
    levelAgeMs,
  };
  if (findings.length === 0) {
    const startedMs = performance.now();
    await control.put('probe', Buffer.from(String(effect.epoch)), {}, deadline);
    numbers['writeMs'] = Math.round((performance.now() - startedMs) * 10) / 10;
  }
  return { ok: findings.length === 0, findings, numbers };
}

/** See `Engine.preflight`: whether the standby in `to` may be turned to writing. */
export async function preflight(stores: ZoneStores, to: ZoneId, effect: Effect): Promise<VerifyReport> {
  const deadline = startDeadline(effect.deadlineMs);
  const { cursor: object, bucket, gate } = stores.at(to);
  const [{ cursor }, isVersioned, gateState] = await Promise.all([
    object.read(deadline),
    bucket.isVersioned(deadline),
    gate?.state(deadline),
  ]);
  const { sweeps, objects, levelAgeMs } = cursor.progress;
  const findings = [
    ...(cursor.side === Side.standby ? [] : [`the store in ${to} is no standby`]),
    ...(sweeps > 0 ? [] : [`no sweep of the copier to ${to} was whole yet: what it lacks is not known`]),
    ...(isVersioned
      ? []
      : [`bucket ${bucket.name} in ${to} keeps no versions: what is overwritten would be gone`]),
    ...(gateState?.isOpen === true ? [`the workload may write to the standby in ${to}: close its gate`] : []),
  ];
  return {
    ok: findings.length === 0,
    findings,
    numbers: { epoch: cursor.epoch, copiedObjects: objects, levelAgeMs },
  };
}

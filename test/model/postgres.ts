import type { ZoneId } from '../../lib/domain/topology';
import type { Answer, Call } from './calls';
import { DONE, failed, GONE, refusedAs, SILENT, told } from './calls';
import { StaleEpoch } from '../../lib/domain/errors';
import { checkAdmission, checkEpochInForce, checkPromotion } from './invariants-of-steps';
import { powerFence, rejoinAt } from './hosts';
import { look } from './postgres-looks';
import { holdsAll, isStreaming, replicate } from './replication';
import type { Rules } from './rules';
import type { DataZone, Process, World } from './world';
import { GATE, otherZone } from './world';

/**
 * PostgreSQL as Evac's engine uses it: each effect takes the advisory lock, compares the epoch, raises the fence row,
 * then acts, in steps between which everybody else may act. The steps are those of lib/engines/postgres/streaming.
 */

export interface Acting {
  readonly world: World;
  readonly call: Call;
  readonly process: Process;
  readonly rules: Rules;
}

/** An answer, or: it goes on at the next stage, or cannot go on for now. */
export type Progress = Answer | 'next' | 'blocked';
type Act = (acting: Acting, zone: DataZone, epoch: number) => Progress;

export const asZone = (value: unknown): DataZone => (value === 'az-b' ? 'az-b' : 'az-a');

/** As a Lambda reaches it: null when it answers. */
export const silenceOf = (world: World, zone: DataZone): Answer | null => {
  const condition = world.zones[zone];
  if (condition === 'frozen' || condition === 'cut') return SILENT;
  return condition === 'dead' || !world.servers[zone].running ? GONE : null;
};

export const stale = (): Answer => failed(new StaleEpoch('a newer epoch is in force there'));

const endSession = (process: Process): void => {
  if (process.lock !== '') Object.assign(process, { lock: '', lockEpoch: 0, stage: -1 });
};

/** Every session of a server ends when it stops. */
export const endSessionsIn = (world: World, zone: DataZone): void =>
  world.processes.filter(({ lock }) => lock === zone).forEach(endSession);

const endOlderHolders = ({ world, process, rules }: Acting, zone: DataZone, below: number): void => {
  if (rules.flaws.has('holders-are-not-ended')) return;
  world.processes
    .filter((other) => other !== process && other.lock === zone && other.lockEpoch < below)
    .forEach(endSession);
};

/** Lock, compare, raise: what comes before every effect (I4, §3b.1-4). */
const takeLock: Act = (acting, zone, epoch) => {
  const { world, process, rules, call } = acting;
  const silence = silenceOf(world, zone);
  if (silence !== null) return silence;
  const newer = world.processes.some(
    (other) => other !== process && other.lock === zone && other.lockEpoch > epoch,
  );
  const forgets =
    rules.flaws.has('server-takes-any-epoch') ||
    (rules.flaws.has('degrade-without-epoch') && call.name === 'postgres.degrade');
  const server = world.servers[zone];
  if (!forgets && (newer || epoch < server.fenceEpoch)) return stale();
  endOlderHolders(acting, zone, epoch + 1);
  Object.assign(process, { lock: zone, lockEpoch: epoch });
  if (!server.inRecovery && server.fenceEpoch < epoch)
    Object.assign(server, { fenceEpoch: epoch, fenceZone: zone });
  return 'next';
};

/** An act on the writer. */
const onWriter =
  (act: Act): Act =>
  (acting, zone, epoch) => {
    if (acting.world.servers[zone].inRecovery) return refusedAs('not-writer');
    checkEpochInForce(acting.world, zone, epoch);
    return act(acting, zone, epoch);
  };

/** Terminated, never cancelled: a cancelled wait for the standby makes COMMIT return as done. */
const endClientSessions = ({ world, rules }: Acting, zone: DataZone): void => {
  const server = world.servers[zone];
  if (rules.flaws.has('fence-cancels-waits')) world.acked |= server.waiting;
  server.waiting = 0;
};

const becomeReadOnly: Act = (acting, zone, epoch) => {
  const server = acting.world.servers[zone];
  checkEpochInForce(acting.world, zone, epoch);
  if (!server.inRecovery) {
    server.readOnly = true;
    endClientSessions(acting, zone);
  }
  return told('fenced read-only', { kind: 'read-only', holds: true, why: 'it is read-only' });
};

const promote: Act = ({ world, rules }, zone, epoch) => {
  const server = world.servers[zone];
  if (!server.inRecovery) {
    checkEpochInForce(world, zone, epoch);
    server.fenceZone = zone;
    return DONE;
  }
  // Its row may be raised by replication after it was compared; what comes of that is for the other invariants.
  checkPromotion(world, zone);
  const readOnly = !rules.flaws.has('promoted-open');
  Object.assign(server, { inRecovery: false, readOnly, upstream: '', streamsAs: '' });
  server.timeline += 1;
  if (!readOnly) checkAdmission(world, zone);
  return 'next';
};

/** After pg_promote: the row first, then nobody is waited for. */
const raiseRow: Act = ({ world }, zone, epoch) => {
  const server = world.servers[zone];
  Object.assign(server, { fenceEpoch: Math.max(epoch, server.fenceEpoch), fenceZone: zone });
  Object.assign(server, { syncName: '', settling: false });
  return DONE;
};

const admit: Act = ({ world }, zone) => {
  checkAdmission(world, zone);
  world.servers[zone].readOnly = false;
  return DONE;
};

/** §3b.1: the epoch is replayed at the standby and its older holders are ended, before the old side admits again. */
const settleStandby: Act = (acting, _zone, epoch) => {
  const { world, rules, call } = acting;
  const { standby } = call.args[1] as { readonly standby: ZoneId | null };
  if (standby === null || rules.flaws.has('standby-is-not-settled')) return 'next';
  const zone = asZone(standby);
  const silence = silenceOf(world, zone);
  if (silence !== null) return silence;
  if (!world.servers[zone].inRecovery) return refusedAs('promoted');
  replicate(world, zone);
  if (world.servers[zone].fenceEpoch < epoch) return SILENT;
  endOlderHolders(acting, zone, epoch);
  return 'next';
};

const openAgain: Act = ({ world }, zone) => {
  world.servers[zone].readOnly = false;
  return DONE;
};

const letGo: Act = ({ world }, zone) => {
  Object.assign(world.servers[zone], { syncName: '', settling: false });
  return DONE;
};

export const standbyName = (zone: ZoneId, epoch: number): string => `${zone}-e${epoch}`;

const streamsAs = (world: World, zone: DataZone, name: string): boolean =>
  isStreaming(world, zone) && world.servers[zone].streamsAs === name;

/** The bug: whoever closed the gate takes it away when it fails, at its own epoch; a second run of it may have opened it. */
export const takeGateAway = ({ world, call, rules }: Omit<Acting, 'process'>, zone: DataZone): void => {
  if (!rules.flaws.has('gate-goes-at-own-epoch') || call.name !== 'postgres.ensureSynchronous') return;
  const silence = silenceOf(world, zone);
  if (silence !== null || epochOf(call) < world.servers[zone].fenceEpoch) return;
  Object.assign(world.servers[zone], { syncName: '', settling: false });
};

const failAtGate = (acting: Acting, zone: DataZone): Answer => {
  takeGateAway(acting, zone);
  return SILENT;
};

/** A second run finds it open: it was proved then, and must not be closed under an eligible standby. */
const closeGate: Act = (acting, zone, epoch) => {
  const { world, rules } = acting;
  const server = world.servers[zone];
  const standby = otherZone(zone);
  const name = standbyName(standby, epoch);
  if (!streamsAs(world, standby, name)) return failAtGate(acting, zone);
  const isOpen = server.syncName === name && !server.settling;
  if (isOpen && !rules.flaws.has('gate-is-closed-again')) return 'next';
  const isNew = server.syncName === '';
  const isBelieved = rules.flaws.has('displayed-sync-is-believed');
  Object.assign(server, { syncName: isBelieved ? name : GATE, settling: isNew });
  return isBelieved ? DONE : 'next';
};

/** A commit was seen to be held back: so the checkpointer has taken the setting. */
const openGate: Act = (acting, zone, epoch) => {
  const { world } = acting;
  const server = world.servers[zone];
  const standby = otherZone(zone);
  if (!streamsAs(world, standby, standbyName(standby, epoch))) return failAtGate(acting, zone);
  if (server.settling) return 'blocked';
  server.syncName = standbyName(standby, epoch);
  return 'next';
};

const flushPast: Act = (acting, zone, epoch) => {
  const { world, rules } = acting;
  const standby = otherZone(zone);
  if (!streamsAs(world, standby, standbyName(standby, epoch))) return failAtGate(acting, zone);
  const isPast = holdsAll(world.servers[standby], world.servers[zone].history);
  return isPast || rules.flaws.has('gate-is-not-flushed-past') ? DONE : 'blocked';
};

/** The writer's part of a rejoin is over: its lock is given back before the host is asked. */
const recordTimeline: Act = ({ process }) => {
  Object.assign(process, { lock: '', lockEpoch: 0 });
  return 'next';
};

interface Effected {
  /** Which argument names the server whose lock is taken. */
  readonly at: number;
  readonly acts: readonly Act[];
}

const LOCKED: Readonly<Record<string, Effected>> = {
  'postgres.fence': { at: 0, acts: [takeLock, becomeReadOnly] },
  'postgres.ensureWriterIn': { at: 0, acts: [takeLock, promote, raiseRow] },
  'postgres.admitWrites': { at: 0, acts: [takeLock, onWriter(admit)] },
  'postgres.undoFence': { at: 0, acts: [takeLock, onWriter(settleStandby), onWriter(openAgain)] },
  'postgres.degrade': { at: 0, acts: [takeLock, onWriter(letGo)] },
  'postgres.ensureSynchronous': {
    at: 0,
    acts: [takeLock, onWriter(closeGate), onWriter(openGate), onWriter(flushPast)],
  },
  'postgres.rejoin': { at: 1, acts: [takeLock, onWriter(recordTimeline), rejoinAt] },
};

/** The replayed row of the standby must agree with the seat; the old writer itself is not asked. */
const synchronousFence = (acting: Acting, from: DataZone, epoch: number): Progress => {
  const { world } = acting;
  const zone = otherZone(from);
  const silence = silenceOf(world, zone);
  if (silence !== null) return silence;
  const { fenceEpoch, fenceZone, inRecovery } = world.servers[zone];
  if (fenceEpoch > epoch) return stale();
  if (fenceZone === from || !inRecovery)
    return told('fenced sync', { kind: 'synchronous-standby', holds: true, why: 'its row agrees' });
  return powerAtEpoch(acting, from, epoch);
};

type Asked = { readonly epoch?: number } | undefined;
/** Of the effect, which is the last argument but for what some calls add to it. */
export const epochOf = (call: Call): number =>
  (call.args.findLast((each) => (each as Asked)?.epoch !== undefined) as { readonly epoch: number }).epoch;

/** The epoch is raised in the store first, under its lock; who does not answer is stopped all the same. */
const powerAtEpoch = (acting: Acting, zone: DataZone, epoch: number): Progress => {
  const { world, process } = acting;
  if (process.stage > 0) return powerFence(acting, zone, epoch);
  if (silenceOf(world, zone) !== null) return 'next';
  const progress = takeLock(acting, zone, epoch);
  Object.assign(process, { lock: '', lockEpoch: 0 });
  return progress;
};

const emergencyFence = (acting: Acting): Progress => {
  const [zone, how] = acting.call.args as [ZoneId, { readonly standbyEligible: boolean }];
  const [from, epoch] = [asZone(zone), epochOf(acting.call)];
  if (!how.standbyEligible || acting.process.stage > 0) return powerAtEpoch(acting, from, epoch);
  return synchronousFence(acting, from, epoch);
};

const isEmergency = ({ name, args }: Call): boolean =>
  name === 'postgres.fence' && (args[1] as { readonly mode: string }).mode === 'emergency';

/** The server whose lock a call takes; null when it takes none. */
export const lockedZoneOf = (call: Call): DataZone | null => {
  const effected = LOCKED[call.name];
  return effected === undefined || isEmergency(call) ? null : asZone(call.args[effected.at]);
};

/** What a session in flight meets when its server stopped answering: it hangs until somebody gives up. */
const hangs = (world: World, process: Process): boolean =>
  process.lock !== '' && world.zones[process.lock] !== 'well';

/** One stage of a call to the engine. */
export const performOnPostgres = (acting: Acting): Progress => {
  const { world, call, process } = acting;
  if (process.stage === -1) {
    takeGateAway(acting, asZone(call.args[0]));
    return GONE;
  }
  if (isEmergency(call)) return emergencyFence(acting);
  const effected = LOCKED[call.name];
  if (effected === undefined) return look(acting);
  if (hangs(world, process)) return 'blocked';
  const act = effected.acts[process.stage];
  if (act === undefined) throw new Error(`${call.name} has no stage ${process.stage}`);
  return act(acting, asZone(call.args[effected.at]), epochOf(call));
};

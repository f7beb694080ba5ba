import { decideBoot } from '../../lib/lab/store-host/boot-decision';
import type { Answer } from './calls';
import { GONE, SILENT, told } from './calls';
import { checkHostEpoch, checkStop } from './invariants-of-steps';
import type { Acting, Progress } from './postgres';
import { endSessionsIn, silenceOf, stale, standbyName } from './postgres';
import { holdsAll, linkIsUp } from './replication';
import { seatOfId } from './seats';
import type { DataZone, World } from './world';

/** The machine beside a store: it stops, boots and rejoins it, and refuses an order older than one it has taken. */

const hostSilence = (world: World, zone: DataZone): Answer | null => {
  const condition = world.zones[zone];
  if (condition === 'well') return null;
  return condition === 'dead' ? GONE : SILENT;
};

const takesOrder = ({ world, rules }: Acting, zone: DataZone, epoch: number): boolean => {
  const server = world.servers[zone];
  if (epoch < server.hostEpoch && !rules.flaws.has('host-takes-any-epoch')) return false;
  checkHostEpoch(world, zone, epoch);
  server.hostEpoch = Math.max(epoch, server.hostEpoch);
  return true;
};

const stop = (world: World, zone: DataZone): void => {
  Object.assign(world.servers[zone], { running: false, booting: false, waiting: 0 });
  endSessionsIn(world, zone);
};

const powerReport = (holds: boolean): Answer =>
  told(`fenced power ${holds}`, { kind: 'power', holds, why: 'by the host' });

/** A person's waiver covers a writer that could not be seen to be stopped, until it is made a standby. */
const noteUnfenced = (world: World, zone: DataZone): void => {
  const { operation } = seatOfId(world.seat);
  if (operation !== null && operation.acceptLossSeconds !== null) world.unfenced = zone;
};

/** Reports whether the host was seen to have stopped it. */
export const powerFence = (acting: Acting, zone: DataZone, epoch: number): Answer => {
  const { world, rules } = acting;
  if (rules.flaws.has('power-is-not-cut')) return powerReport(true);
  if (hostSilence(world, zone) !== null) {
    noteUnfenced(world, zone);
    return powerReport(false);
  }
  if (!takesOrder(acting, zone, epoch)) return stale();
  checkStop(world, zone, epoch);
  stop(world, zone);
  return powerReport(true);
};

/** Stops what runs there, rewinds it where the histories parted, and starts it as a standby of the writer. */
export const rejoinAt = (acting: Acting, writer: DataZone, epoch: number): Progress => {
  const { world, call } = acting;
  const zone: DataZone = call.args[0] === 'az-b' ? 'az-b' : 'az-a';
  const silence = hostSilence(world, zone);
  if (silence !== null) return silence;
  if (!takesOrder(acting, zone, epoch)) return stale();
  if (silenceOf(world, writer) !== null || !linkIsUp(world)) return GONE;
  const server = world.servers[zone];
  const upstream = world.servers[writer];
  if (upstream.inRecovery) return GONE;
  const fits = server.inRecovery && holdsAll(upstream, server.history);
  stop(world, zone);
  Object.assign(server, { running: true, inRecovery: true, readOnly: true, syncName: '', settling: false });
  Object.assign(server, { upstream: writer, streamsAs: standbyName(zone, epoch) });
  const { history, timeline, fenceEpoch, fenceZone } = upstream;
  if (!fits) Object.assign(server, { history, timeline, fenceEpoch, fenceZone });
  if (world.unfenced === zone) world.unfenced = '';
  return told('rejoined', { how: fits ? 'restarted' : 'rewound' });
};

/** Everything in the zone is gone at once. */
export const dieIn = (world: World, zone: DataZone): void => {
  world.zones[zone] = 'dead';
  world.diedAt[zone] = seatOfId(world.seat).epoch;
  stop(world, zone);
};

/** §3b.8: the host that comes back starts its server only as the seat's writer. */
export const comeBack = (world: World, zone: DataZone): void => {
  world.zones[zone] = 'well';
  world.diedAt[zone] = 0;
  if (!world.servers[zone].running) world.servers[zone].booting = true;
};

/** False: it has nothing to decide, or waits for an operation to end. */
export const boot = (world: World, { rules }: Pick<Acting, 'rules'>, zone: DataZone): boolean => {
  const server = world.servers[zone];
  if (!server.booting || world.zones[zone] !== 'well') return false;
  const seat = seatOfId(world.seat);
  const decision = rules.flaws.has('boot-without-seat')
    ? 'start'
    : decideBoot(seat, { store: 'postgres', zone }, server.hostEpoch);
  if (decision === 'wait') return false;
  server.hostEpoch = Math.max(seat.epoch, server.hostEpoch);
  Object.assign(server, { booting: false, running: decision === 'start', waiting: 0 });
  return true;
};

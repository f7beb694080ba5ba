import type { DataZone, Server, World } from './world';
import { DATA_ZONES, otherZone } from './world';

/** Streaming replication between the two servers, and who may be acknowledged. */

/** The process runs and its machine is not frozen or dead. */
export const isAlive = (world: World, zone: DataZone): boolean =>
  world.servers[zone].running && world.zones[zone] !== 'dead' && world.zones[zone] !== 'frozen';

export const linkIsUp = (world: World): boolean =>
  !world.linkCut && DATA_ZONES.every((zone) => world.zones[zone] !== 'cut');

export const holdsAll = (server: Server, writes: number): boolean => (writes & ~server.history) === 0;

/** Whether the standby in `zone` streams from its upstream now; one whose history has parted never does. */
export const isStreaming = (world: World, zone: DataZone): boolean => {
  const server = world.servers[zone];
  if (!server.inRecovery || server.upstream === '' || !isAlive(world, zone)) return false;
  const upstream = world.servers[server.upstream];
  if (!isAlive(world, server.upstream) || upstream.inRecovery || !linkIsUp(world)) return false;
  return holdsAll(upstream, server.history) && server.timeline <= upstream.timeline;
};

/** The standby takes over what its upstream has: writes and fence row. */
export const replicate = (world: World, zone: DataZone): boolean => {
  if (!isStreaming(world, zone)) return false;
  const server = world.servers[zone];
  const upstream = world.servers[otherZone(zone)];
  const { history, fenceEpoch, fenceZone, timeline } = upstream;
  const isLevel =
    server.history === history &&
    server.fenceEpoch === fenceEpoch &&
    server.fenceZone === fenceZone &&
    server.timeline === timeline;
  if (!isLevel) Object.assign(server, { history, fenceEpoch, fenceZone, timeline });
  return !isLevel;
};

/** Whether the server lets a commit of these writes return: nobody is waited for, or the named standby has them. */
export const mayAcknowledge = (world: World, zone: DataZone, write: number, anyName: boolean): boolean => {
  const server = world.servers[zone];
  if (server.syncName === '' || server.settling) return true;
  const standby = world.servers[otherZone(zone)];
  const isNamed = anyName || standby.streamsAs === server.syncName;
  return (
    isNamed && standby.upstream === zone && isStreaming(world, otherZone(zone)) && holdsAll(standby, write)
  );
};

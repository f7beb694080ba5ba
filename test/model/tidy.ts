import type { Explorer } from './explorer';
import { settleNewcomers } from './controllers';
import { seatOfId } from './seats';
import type { World } from './world';

/**
 * After a step: what nobody can read any more is put to one value, so that two states differ only where it matters.
 */
export const tidy = (world: World, explorer: Explorer): void => {
  settleNewcomers(world, explorer);
  const { operation } = seatOfId(world.seat);
  const carried = operation?.execution;
  const names = Object.keys(world.executions);
  const isForgotten = (name: string): boolean => world.executions[name] !== 'running' && name !== carried;
  if (names.some(isForgotten))
    world.executions = Object.fromEntries(
      Object.entries(world.executions).filter(([name, status]) => status === 'running' || name === carried),
    );
  if (operation === null) Object.assign(world, { record: 0, asked: false });
  else if (operation.phase !== 'claimed') world.asked = false;
  for (const zone of ['az-a', 'az-b'] as const) {
    const server = world.servers[zone];
    if (server.syncName === '') server.settling = false;
    if (!server.inRecovery) Object.assign(server, { upstream: '', streamsAs: '' });
  }
};

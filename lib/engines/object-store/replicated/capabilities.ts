import type { EngineCapabilities } from '../../../ports/engine';

/** Known before its client is loaded. */
export const objectsCapabilities: EngineCapabilities = {
  softFence: true,
  synchronousFence: false,
  rejoin: true,
  electsItself: false,
  asynchronous: true,
};

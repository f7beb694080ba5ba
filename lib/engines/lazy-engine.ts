import { Refused } from '../domain/errors';
import type { CopyControl, Engine } from '../ports/engine';

const controlOf = ({ copyControl, component }: Engine): CopyControl => {
  if (copyControl !== undefined) return copyControl;
  throw new Refused('no-copy-control', `nobody tells the copies of ${component} what to do`);
};

/** An engine whose code is loaded at its first question: a cold start without that question does not pay for it. */
export function createLazyEngine(
  known: Pick<Engine, 'component' | 'capabilities'>,
  load: () => Promise<Engine>,
): Engine {
  let loading: Promise<Engine> | undefined;
  const engine = (): Promise<Engine> => (loading ??= load());
  return {
    ...known,
    copyControl: {
      pause: async (...of) => controlOf(await engine()).pause(...of),
      stop: async (...of) => controlOf(await engine()).stop(...of),
    },
    probe: async (...of) => (await engine()).probe(...of),
    beacon: async (...of) => (await engine()).beacon(...of),
    newestBeaconMs: async (...of) => (await engine()).newestBeaconMs(...of),
    fence: async (...of) => (await engine()).fence(...of),
    waitUntilLevel: async (...of) => (await engine()).waitUntilLevel(...of),
    ensureWriterIn: async (...of) => (await engine()).ensureWriterIn(...of),
    admitWrites: async (...of) => (await engine()).admitWrites(...of),
    verify: async (...of) => (await engine()).verify(...of),
    preflight: async (...of) => (await engine()).preflight(...of),
    undoFence: async (...of) => (await engine()).undoFence(...of),
    degrade: async (...of) => (await engine()).degrade(...of),
    rejoin: async (...of) => (await engine()).rejoin(...of),
    ensureSynchronous: async (...of) => (await engine()).ensureSynchronous(...of),
    close: async () => (await loading)?.close(),
  };
}

import { existsSync, readFileSync } from 'node:fs';
import { DamagedState, StaleEpoch } from '../../domain/errors';
import { writeDurably } from './durable-file';
import type { OsUser } from './os-user';

/** The highest epoch that this host has acted under; it survives a crash and never falls. */
export interface SeenEpoch {
  current(): number;
  /** @throws StaleEpoch when `epoch` is older than what was seen. Durable before it returns. */
  admit(epoch: number): void;
}

function readEpoch(path: string): number {
  if (!existsSync(path)) return 0;
  const text = readFileSync(path, 'utf8').trim();
  const epoch = Number(text);
  if (text === '' || !Number.isInteger(epoch) || epoch < 0)
    throw new DamagedState(`${path} holds "${text}", not an epoch; nothing is done until a person looked`);
  return epoch;
}

/** @throws DamagedState when the file holds something else than an epoch. */
export function createSeenEpoch(path: string, user: OsUser | null): SeenEpoch {
  let seen = readEpoch(path);
  return {
    current: () => seen,
    admit: (epoch) => {
      if (epoch < seen)
        throw new StaleEpoch(`epoch ${epoch} refused: this host has seen epoch ${seen}; read the seat again`);
      if (epoch === seen) return;
      writeDurably(path, `${epoch}\n`, user);
      seen = epoch;
    },
  };
}

import type { Cursor } from '../../../domain/copier/cursor';
import { raised, Side } from '../../../domain/copier/cursor';
import { EvacError, Refused, StaleEpoch } from '../../../domain/errors';
import type { Effect } from '../../../ports/engine';
import type { Deadline } from '../../deadline';
import type { ZoneStore } from './zone-stores';

/** @throws Refused when the store's zone only follows: the effect needs the writer. */
export function requireWriter({ side, zone, writer }: Cursor): void {
  if (side === Side.writer) return;
  const message = `the store in ${zone} follows ${writer}; turn the direction first`;
  throw new Refused('not-writer', message, { zone, writer });
}

/**
 * Raises the cursor to the effect's epoch, acts, and looks whether it was outrun meanwhile (I4). What an older one did late
 * to the gate stands there under its epoch, and whoever is in force sets it anew.
 * @throws StaleEpoch, whatever `check` throws: then nothing was changed.
 */
export async function underEpoch<T>(
  store: ZoneStore,
  { epoch }: Effect,
  deadline: Deadline,
  {
    change,
    act,
  }: { readonly change: (cursor: Cursor) => Cursor; readonly act: (cursor: Cursor) => Promise<T> },
): Promise<T> {
  const cursor = await store.cursor.change((current) => raised(change(current), epoch), deadline);
  const result = await act(cursor);
  const after = await store.cursor.read(deadline);
  if (after.cursor.epoch > epoch)
    throw new StaleEpoch(
      `epoch ${epoch} was outrun in ${store.zone} by ${after.cursor.epoch} while it acted; read the seat again`,
    );
  return result;
}

/** Sets the gate and reads it back. @throws EvacError when it does not say what it was told. */
export async function setGate(
  store: ZoneStore,
  isOpen: boolean,
  epoch: number,
  deadline: Deadline,
): Promise<void> {
  if (store.gate === null) return;
  await store.gate.set(isOpen, epoch, deadline);
  const state = await store.gate.state(deadline);
  if (state.isOpen === isOpen && state.epoch === epoch) return;
  const found = `${state.isOpen ? 'open' : 'closed'} at epoch ${state.epoch ?? 'none'}`;
  throw new EvacError(
    `the gate in ${store.zone} was to be ${isOpen ? 'open' : 'closed'} at epoch ${epoch} and is ${found}`,
  );
}

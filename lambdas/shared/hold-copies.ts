import { Refused } from '../../lib/domain/errors';
import type { Operation } from '../../lib/domain/protocol/seat';
import { HoldKind } from '../../lib/domain/protocol/seat';
import type { CopyControl, Effect, Engine } from '../../lib/ports/engine';
import type { Ports } from './ports';
import { isSilent } from './silence';
import { ofEach } from './store-group';

const controlOf = ({ copyControl, component }: Engine): CopyControl => {
  if (copyControl !== undefined) return copyControl;
  throw new Refused('no-copy-control', `nobody tells the copies of ${component} what to do`);
};

const ACTS: Readonly<Record<HoldKind, keyof Pick<CopyControl, 'pause' | 'stop'> | null>> = {
  [HoldKind.paused]: 'pause',
  [HoldKind.stopped]: 'stop',
  [HoldKind.rebuilding]: null,
};

/** One that does not answer takes nothing in now; it is not waited for, and the mark keeps it from coming back. */
const orSilent = async (act: Promise<void>): Promise<string> => {
  try {
    await act;
    return 'done';
  } catch (cause) {
    if (!isSilent(cause)) throw cause;
    return `its copy does not answer: ${String(cause)}`;
  }
};

/** What a person asked for is done to the copies once the seat says that they are not eligible (I8). Null: nobody asked. */
export const holdCopies = async (
  ports: Pick<Ports, 'postgres' | 'beside'>,
  { stores, to, hold }: Pick<Operation, 'stores' | 'to' | 'hold'>,
  effect: Effect,
): Promise<Readonly<Record<string, string>> | null> => {
  const act = hold === undefined ? null : ACTS[hold.how];
  if (act === null) return null;
  return ofEach(ports, stores, (engine) => orSilent(controlOf(engine)[act](to, effect)));
};

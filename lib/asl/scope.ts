import { EvacError } from '../domain/errors';

/** A scope was ended from outside; no Retry and no Catch is for it. */
export class Halted extends EvacError {}

/** All that stops together: an execution, or the branches of one Parallel. */
export interface Scope {
  /** Nothing more is scheduled in it; a Lambda in flight runs on, unheard. */
  end(why: Halted): void;
  /** @throws Halted once it has ended. */
  requireOpen(): void;
  /** The work's result, or Halted as soon as the scope ends. */
  race<T>(work: Promise<T>): Promise<T>;
  onEnd(listener: (why: Halted) => void): void;
}

export const createScope = (outer?: Scope): Scope => {
  const listeners: ((why: Halted) => void)[] = [];
  let halted: Halted | null = null;
  const ended = new Promise<never>((_resolve, reject) => listeners.push(reject));
  // Whoever races hears of it; when nobody does, it is no error.
  ended.catch(() => undefined);
  const requireOpen = (): void => {
    if (halted !== null) throw halted;
  };
  const end = (why: Halted): void => {
    halted ??= why;
    for (const listener of listeners) listener(halted);
  };
  outer?.onEnd(end);
  return {
    end,
    requireOpen,
    onEnd: (listener) => void listeners.push(listener),
    race: async (work) => {
      try {
        return await Promise.race([ended, work]);
      } finally {
        requireOpen();
      }
    },
  };
};

export interface Slots {
  /** Runs `work` as soon as fewer than the limit are running; first come, first served. */
  use<T>(work: () => Promise<T>): Promise<T>;
}

/** Bounds how much of something is under way at the same time. */
export const createSlots = (limit: number): Slots => {
  const waiting: (() => void)[] = [];
  let taken = 0;
  const take = async (): Promise<void> => {
    if (taken < limit) taken += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  /** The slot goes straight to the next one in the queue, so that nobody can slip in between. */
  const giveBack = (): void => {
    const next = waiting.shift();
    if (next === undefined) taken -= 1;
    else next();
  };
  return {
    use: async (work) => {
      await take();
      try {
        return await work();
      } finally {
        giveBack();
      }
    },
  };
};

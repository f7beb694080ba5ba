/** Works on all, at most `limit` at once, in their order. The first error is thrown once nothing is under way any more. */
export async function forEachAtMost<T>(
  limit: number,
  all: readonly T[],
  work: (each: T) => Promise<void>,
): Promise<void> {
  const left = [...all];
  const errors: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let each = left.shift(); each !== undefined && errors.length === 0; each = left.shift())
      await work(each).catch((error: unknown) => errors.push(error));
  };
  await Promise.all(Array.from({ length: limit }, worker));
  if (errors.length > 0) throw errors[0];
}

/** The same with answers, in the order asked. */
export async function mapAtMost<T, R>(
  limit: number,
  all: readonly T[],
  work: (each: T) => Promise<R>,
): Promise<readonly R[]> {
  const answers: R[] = [];
  await forEachAtMost(
    limit,
    all.map((each, index) => ({ each, index })),
    async ({ each, index }) => {
      answers[index] = await work(each);
    },
  );
  return answers;
}

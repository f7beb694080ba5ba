import type { Answer, Call } from './calls';
import { isError } from './calls';
import type { Lambda, LambdaName } from './lambdas';
import { RECONCILE_STUCK } from './lambdas';
import { modelPorts } from './model-ports';

/**
 * A run of shipped code is a function of its input and of the answers it got: so each local state (input, answers so
 * far) is worked out once, by really running the code, and looked up ever after.
 */

export type Result =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: Error };

export interface LocalState {
  readonly id: number;
  readonly lambda: LambdaName;
  readonly input: unknown;
  readonly answers: readonly Answer[];
  /** What it waits for; null when it has ended. */
  readonly pending: Call | null;
  readonly result: Result | null;
  readonly next: Map<string, number>;
}

/** A local state that nobody has worked out yet: `grow`, then ask again. */
export class Missing extends Error {
  constructor(readonly grow: () => Promise<void>) {
    super('a local state is not known yet');
  }
}

export interface LocalRuns {
  /** @throws Missing */
  start(lambda: LambdaName, input: unknown): number;
  /** @throws Missing */
  next(id: number, answer: Answer): number;
  at(id: number): LocalState;
  readonly size: () => number;
}

interface Waiter {
  readonly call: Call;
  readonly answer: (given: Answer) => void;
}

const LATER_MS = 3_600_000;

/** Everything that can run without an answer has run. */
const standsStill = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const asError = (cause: unknown): Error => (cause instanceof Error ? cause : new Error(String(cause)));

const replay = async (
  lambda: Lambda,
  run: Pick<LocalState, 'lambda' | 'input' | 'answers'>,
): Promise<Pick<LocalState, 'pending' | 'result'>> => {
  const waiters: Waiter[] = [];
  const suspend = (call: Call): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const answer = (given: Answer): void => (isError(given) ? reject(given.error) : resolve(given.value));
      waiters.push({ call, answer });
    });
  const ended: Result[] = [];
  const ports = modelPorts(suspend, run.lambda === RECONCILE_STUCK ? LATER_MS : 0);
  lambda(run.input as never, ports).then(
    (value) => ended.push({ ok: true, value }),
    (cause: unknown) => ended.push({ ok: false, error: asError(cause) }),
  );
  await standsStill();
  for (const answer of run.answers) {
    // Calls side by side are answered in the order in which they were made.
    waiters.shift()?.answer(answer);
    await standsStill();
  }
  const [result = null] = ended;
  return { pending: result === null ? (waiters[0]?.call ?? null) : null, result };
};

export const createLocalRuns = (lambdas: Readonly<Record<LambdaName, Lambda>>): LocalRuns => {
  const states: LocalState[] = [];
  const roots = new Map<string, number>();

  const add = async (run: Pick<LocalState, 'lambda' | 'input' | 'answers'>): Promise<number> => {
    const lambda = lambdas[run.lambda];
    if (lambda === undefined) throw new Error(`there is no Lambda ${run.lambda}`);
    const { pending, result } = await replay(lambda, run);
    if (pending === null && result === null)
      throw new Error(`${run.lambda} waits for something that is no port of the model`);
    states.push({ ...run, id: states.length, pending, result, next: new Map() });
    return states.length - 1;
  };

  const at = (id: number): LocalState => {
    const state = states[id];
    if (state === undefined) throw new Error(`there is no local state ${id}`);
    return state;
  };

  return {
    at,
    size: () => states.length,
    start: (lambda, input) => {
      const key = `${lambda} ${JSON.stringify(input)}`;
      const known = roots.get(key);
      if (known !== undefined) return known;
      throw new Missing(async () => void roots.set(key, await add({ lambda, input, answers: [] })));
    },
    next: (id, answer) => {
      const state = at(id);
      const known = state.next.get(answer.key);
      if (known !== undefined) return known;
      const { lambda, input, answers } = state;
      throw new Missing(async () => {
        state.next.set(answer.key, await add({ lambda, input, answers: [...answers, answer] }));
      });
    },
  };
};

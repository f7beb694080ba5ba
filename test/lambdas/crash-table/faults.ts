import { StatesError } from '../../../lib/asl/failure';
import type { HistoryEvent } from '../../../lib/asl/history';
import type { ExecutionPorts } from '../../../lib/asl/ports';
import { Unreachable } from '../../../lib/domain/errors';
import type { Ports } from '../../../lambdas/shared/ports';
import type { Strike } from '../crash';
import { wrapPorts } from '../crash';
import type { Attempt } from '../machine-run';

export const Fault = {
  crashBefore: 'crash before',
  crashAfter: 'crash after',
  timeout: 'timeout',
  duplicate: 'duplicate delivery',
  denied: 'permission denied',
  throttled: 'throttled',
  aborted: 'execution aborted',
} as const;
export type Fault = (typeof Fault)[keyof typeof Fault];

/** What a fault may use of the run that it strikes. */
export interface Arena {
  /** The Lambda's ports; clients write before each call. */
  portsWith(strike: Strike | null): Ports;
  /** The same, and what the wrapper makes of them. */
  readonly plain: Ports;
  advance(ms: number): void;
  /** Once the execution has ended and the seat was settled. */
  afterwards(job: () => unknown): void;
  /** StopExecution, as from the console. */
  abort(): void;
}

export interface Blow {
  /** Stands in for each attempt of the struck state. */
  readonly invoke?: (attempt: Attempt) => Promise<unknown>;
  readonly deadline?: ExecutionPorts['deadline'];
  /** Of the struck state's machine. */
  readonly onEvent?: (event: HistoryEvent) => void;
}

/** One way in which a fault may strike a state. */
export interface Variant {
  readonly name: string;
  /** Nothing may come of it: it ends as without a fault. */
  readonly isHarmless?: true;
  readonly strike: (arena: Arena) => Blow;
}

/** The struck state, and the calls that leave its Lambda when nothing is wrong. */
export interface Site {
  readonly state: string;
  readonly isTask: boolean;
  /** Its Retry is for throttling. */
  readonly isRetried: boolean;
  readonly calls: readonly string[];
}

const died = (text: string): StatesError => new StatesError('Lambda.Unknown', text);

/** Only the first attempt is struck: a Retry finds the world well again. */
const firstAttempt =
  (blow: (attempt: Attempt) => Promise<unknown>) =>
  (attempt: Attempt): Promise<unknown> =>
    attempt.call.attempt === 1 ? blow(attempt) : attempt.invoke();

const crashBefore: Variant = {
  name: 'before its first call',
  strike: () => ({
    invoke: firstAttempt(async () => {
      throw died('it died before it did anything');
    }),
  }),
};

const crashAfter: Variant = {
  name: 'after its last call',
  strike: () => ({
    invoke: firstAttempt(async ({ invoke }) => {
      await invoke();
      throw died('it died before it answered');
    }),
  }),
};

interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

const createGate = (): Gate => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
};

/**
 * Frozen at one of its calls, given up there, and thawed later: beside the next task, or after all was settled. A
 * nested machine has no call here; it goes on beside its parent.
 */
const frozenAt = (call: number, when: 'beside the next task' | 'at the end'): Variant => ({
  name: `frozen at call ${call}, thawed ${when}`,
  strike: (arena) => {
    const [struck, thaw] = [createGate(), createGate()];
    let isStruck = false;
    let timeoutMs = 0;
    const delay = async (): Promise<void> => {
      isStruck = true;
      arena.advance(timeoutMs);
      struck.open();
      arena.afterwards(thaw.open);
      await thaw.opened;
    };
    return {
      invoke: firstAttempt(({ invoke }) => invoke(arena.portsWith({ call, when: 'before', delay }))),
      deadline: (ms, of) => {
        if (of?.attempt !== 1) return { expired: new Promise(() => undefined), cancel: () => undefined };
        timeoutMs = ms;
        return { expired: struck.opened, cancel: () => undefined };
      },
      onEvent: ({ type }) => {
        if (isStruck && when === 'beside the next task' && type === 'TaskScheduled') thaw.open();
      },
    };
  },
});

const childGoesOn: Variant = {
  name: 'given up while the nested execution goes on',
  strike: () => ({
    deadline: (_ms, of) => ({
      expired: of?.attempt === 1 ? Promise.resolve() : new Promise(() => undefined),
      cancel: () => undefined,
    }),
  }),
};

const unheard = (work: Promise<unknown>): Promise<unknown> => work.catch(() => undefined);

const DUPLICATES: readonly Variant[] = [
  {
    name: 'two at once, the first is heard',
    isHarmless: true,
    strike: () => ({
      invoke: firstAttempt(({ invoke }) => {
        const first = invoke();
        void unheard(invoke());
        return first;
      }),
    }),
  },
  {
    name: 'one after the other, the second is heard',
    isHarmless: true,
    strike: () => ({
      invoke: firstAttempt(async ({ invoke }) => {
        await unheard(invoke());
        return invoke();
      }),
    }),
  },
  {
    name: 'again after the end',
    isHarmless: true,
    strike: (arena) => ({
      invoke: firstAttempt(({ invoke }) => {
        arena.afterwards(() => unheard(invoke()));
        return invoke();
      }),
    }),
  },
];

const always = (error: string, text: string): Variant => ({
  name: error,
  strike: () => ({
    invoke: async () => {
      throw new StatesError(error, text);
    },
  }),
});

const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)];

const accessDenied = (name: string): Error =>
  Object.assign(new Error(`not authorized to perform ${name}`), { name: 'AccessDeniedException' });

/** The adapters' own reading of a throttled request: outcome unknown (lib/state/dynamodb-call.ts). */
const throttledStore = (name: string): Error =>
  new Unreachable(`${name}: the state store did not serve the request (ThrottlingException)`);

const refusing = (ports: Ports, name: string, refuse: () => Error | null): Ports =>
  wrapPorts(ports, (called, real) => (...args) => {
    const error = called === name ? refuse() : null;
    return error === null ? real(...args) : Promise.reject(error);
  });

const deniedCall = (name: string): Variant => ({
  name: `${name} is denied`,
  strike: ({ plain }) => ({
    invoke: ({ invoke }) => invoke(refusing(plain, name, () => accessDenied(name))),
  }),
});

const throttledCall = (name: string): Variant => ({
  name: `${name} is throttled`,
  strike: ({ plain }) => {
    let left = 1;
    const once = (): Error | null => ((left -= 1) >= 0 ? throttledStore(name) : null);
    return { invoke: ({ invoke }) => invoke(refusing(plain, name, once)) };
  },
});

const throttledOnce = (error: string, isRetried: boolean): Variant => ({
  name: `${error}, once`,
  ...(isRetried ? { isHarmless: true } : {}),
  strike: () => ({
    invoke: firstAttempt(async () => {
      throw new StatesError(error, 'Rate exceeded');
    }),
  }),
});

const abortedAt = ({ state, isTask }: Site): Variant => ({
  name: isTask ? 'with its Lambda in flight' : 'as it is entered',
  strike: (arena) => ({
    onEvent: (event) => {
      const type = isTask ? 'TaskScheduled' : 'StateEntered';
      if (event.type === type && event.name === state) arena.abort();
    },
  }),
});

/** By their ports: what a prober cannot reach is unknown, as a sample is; a silent witness is missing, a lost metric is logged. */
const rejects = (name: string): boolean => !/\.probe$|^samples\.|^witnesses\.|^metrics\./.test(name);

const frozen = ({ calls }: Site): readonly Variant[] =>
  calls.length === 0
    ? [childGoesOn]
    : calls.flatMap((_, index) => [
        frozenAt(index + 1, 'beside the next task'),
        frozenAt(index + 1, 'at the end'),
      ]);

const denied = ({ calls }: Site): readonly Variant[] => [
  always(
    calls.length === 0 ? 'StepFunctions.AccessDeniedException' : 'Lambda.AccessDeniedException',
    'not authorized to invoke it',
  ),
  ...distinct(calls).filter(rejects).map(deniedCall),
];

const throttled = ({ calls, isRetried }: Site): readonly Variant[] => {
  const error = calls.length === 0 ? 'StepFunctions.ThrottlingException' : 'Lambda.TooManyRequestsException';
  const ofStore = distinct(calls).filter((name) => name.startsWith('store.'));
  return [throttledOnce(error, isRetried), always(error, 'Rate exceeded'), ...ofStore.map(throttledCall)];
};

/** Every way in which a fault may strike this state; none where it has nothing to strike. */
export const variantsOf = (fault: Fault, site: Site): readonly Variant[] => {
  if (fault === Fault.aborted) return [abortedAt(site)];
  if (!site.isTask) return [];
  const variants: Readonly<Record<Exclude<Fault, typeof Fault.aborted>, readonly Variant[]>> = {
    [Fault.crashBefore]: [crashBefore],
    [Fault.crashAfter]: [crashAfter],
    [Fault.timeout]: frozen(site),
    [Fault.duplicate]: DUPLICATES,
    [Fault.denied]: denied(site),
    [Fault.throttled]: throttled(site),
  };
  return variants[fault];
};

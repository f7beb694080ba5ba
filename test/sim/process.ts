import type { Clock } from '../../lib/ports/clock';
import type { Network } from './network';
import type { Place, Places } from './places';
import type { Random } from './random';
import type { Timeline } from './timeline';

/** What a server sends back: the value, or the error that the caller's adapter makes of it. */
export type Answer<T> = { readonly value: T } | { readonly error: Error };

export interface Request<T> {
  readonly to: Place;
  readonly what: string;
  readonly timeoutMs: number;
  /** Nobody minds when a look arrives late; an effect is sent again until it arrives. */
  readonly isLook: boolean;
  readonly onTimeout: () => Error;
  /** The machine is there and nobody listens. */
  readonly onRefused: () => Error;
  /** Runs at the server when the request arrives; it may answer later, or never. */
  readonly serve: (reply: (answer: Answer<T>) => void) => void;
}

/** One running program: a Lambda's invocation. It may freeze, go on late, or be gone between any two steps. */
export interface Process {
  readonly name: string;
  readonly place: Place;
  readonly clock: Clock;
  /** What this machine believes the wall clock shows; nothing that decides may rest on it. */
  wallMs(): number;
  isAlive(): boolean;
  call<T>(request: Request<T>): Promise<T>;
  freeze(): void;
  thaw(): void;
  kill(why: string): void;
}

export interface ProcessHost {
  readonly timeline: Timeline;
  readonly network: Network;
  readonly places: Places;
  readonly random: Random;
  /** How wrong the wall clock of a place is now, ms. */
  readonly skewMs: (place: Place) => number;
}

export interface ProcessOptions {
  readonly name: string;
  readonly place: Place;
  /** Told of each call that leaves it, before it is sent: a fault may strike here. */
  readonly onCall?: (process: Process, what: string) => void;
  readonly onDeath?: (why: string) => void;
}

/** Two crystals differ by this much at most: 200 ppm is a bad one. */
const DRIFT = 2e-4;
/** 2027-01-15T08:00:00Z: what the state store's clock shows when a simulation begins. */
export const EPOCH_MS = 1_800_000_000_000;

interface Backlog {
  readonly timers: (() => void)[];
  readonly arrivals: (() => void)[];
}

export const createProcess = (host: ProcessHost, options: ProcessOptions): Process => {
  const { timeline, network, places, random } = host;
  const { name, place } = options;
  const rate = 1 + random.between(-DRIFT, DRIFT);
  const offsetMs = random.between(1_000, 1_000_000);
  const bornMs = timeline.nowMs();
  const backlog: Backlog = { timers: [], arrivals: [] };
  let isAlive = true;
  let frozen = 0;
  let frozenSinceMs = 0;
  let lateMs = 0;

  const isFrozen = (): boolean => frozen > 0 || places.isFrozen(place);
  const resume = (run: () => void, kind: keyof Backlog): void => {
    if (!isAlive) return;
    if (isFrozen()) return void backlog[kind].push(run);
    run();
    timeline.touched();
  };
  /** As in a thawed Node process: what is due by the clock comes first, then what has arrived. */
  const wake = (): void => {
    if (isFrozen()) return;
    lateMs = Math.max(lateMs, timeline.nowMs() - frozenSinceMs);
    for (const kind of ['timers', 'arrivals'] as const)
      for (const run of backlog[kind].splice(0)) timeline.after(0, () => resume(run, kind));
  };
  const die = (why: string): void => {
    if (!isAlive) return;
    isAlive = false;
    options.onDeath?.(why);
  };
  const fall = (): void => {
    if (!isFrozen()) return;
    frozenSinceMs = Math.max(frozenSinceMs, timeline.nowMs());
  };
  places.settle(place, { onDeath: () => die(`${place} is gone`), onFreeze: fall, onThaw: wake });

  const call = <T>(request: Request<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      options.onCall?.(process, request.what);
      if (!isAlive) return;
      let isOver = false;
      const end = (settle: () => void): void => {
        if (isOver) return;
        isOver = true;
        timer.cancel();
        settle();
      };
      const timer = timeline.after(request.timeoutMs / rate, () =>
        resume(() => end(() => reject(request.onTimeout())), 'timers'),
      );
      const isWanted = (): boolean => !isOver && isAlive;
      const arrive = (answer: Answer<T>): void =>
        resume(
          () => end(() => ('error' in answer ? reject(answer.error) : resolve(answer.value))),
          'arrivals',
        );
      const reply = (answer: Answer<T>): void =>
        network.send({ from: request.to, to: place, isWanted, deliver: () => arrive(answer) });
      network.send({
        from: place,
        to: request.to,
        ...(request.isLook ? { isWanted } : {}),
        deliver: () =>
          places.deliver(
            request.to,
            () => request.serve(reply),
            () => reply({ error: request.onRefused() }),
          ),
      });
    });

  const clock: Clock = {
    monotonicMs: () => offsetMs + (timeline.nowMs() - bornMs) * rate,
    sleep: (ms) => new Promise((resolve) => void timeline.after(ms / rate, () => resume(resolve, 'timers'))),
    worstLatenessMs: () => {
      const seenMs = lateMs;
      lateMs = 0;
      return seenMs;
    },
  };
  const process: Process = {
    name,
    place,
    clock,
    wallMs: () => EPOCH_MS + timeline.nowMs() + host.skewMs(place),
    isAlive: () => isAlive,
    call,
    freeze: () => {
      if (!isFrozen()) frozenSinceMs = timeline.nowMs();
      frozen += 1;
    },
    thaw: () => {
      frozen = Math.max(0, frozen - 1);
      wake();
    },
    kill: die,
  };
  return process;
};

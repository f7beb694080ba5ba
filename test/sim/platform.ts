import type { Process, ProcessHost } from './process';
import { createProcess } from './process';
import type { Place } from './places';
import type { EventLog } from './event-log';

/** What a fault does to one of the next task Lambdas, at one of its calls. */
export interface Strike {
  /** Tasks that still come through unharmed, and then the struck one's calls. */
  tasksLeft: number;
  callsLeft: number;
  readonly kind: 'crash' | 'pause';
  /** A pause's length, ms. */
  readonly ms: number;
}

export type Logic<T> = (process: Process) => Promise<T>;

/** Where Lambdas run: one process an invocation, gone with its zone, and struck by faults in mid-step. */
export interface Platform {
  /** Rejects with `Lambda.Unknown` when the process dies before it answers. */
  invoke<T>(name: string, place: Place, logic: Logic<T>): Promise<T>;
  /** One of the next invocations of tasks is struck. */
  arm(strike: Strike): void;
  disarm(strike: Strike): void;
  /** Ends what runs under this name now. */
  killAll(name: string): void;
  /** Tasks that begin now are refused as throttled. */
  isThrottled: boolean;
}

class LambdaFailure extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** Lambda's own 429, which the machines retry. */
const throttled = (): LambdaFailure => new LambdaFailure('Lambda.TooManyRequestsException', 'rate exceeded');

const isTask = (name: string): boolean => !name.startsWith('probe-zone');

export const createPlatform = (host: ProcessHost, log: EventLog): Platform => {
  const strikes: Strike[] = [];
  const struck = new Map<Process, Strike>();
  const running = new Set<Process>();

  const strike = (process: Process, { kind, ms }: Strike, what: string): void => {
    log.note(process.name, `${kind === 'crash' ? 'crashes' : `pauses for ${Math.round(ms)} ms`} at ${what}`);
    if (kind === 'crash') return process.kill('it crashed');
    process.freeze();
    host.timeline.after(ms, () => process.thaw());
  };
  const onCall = (process: Process, what: string): void => {
    const mine = struck.get(process);
    if (mine === undefined) return;
    mine.callsLeft -= 1;
    if (mine.callsLeft >= 0) return;
    struck.delete(process);
    strike(process, mine, what);
  };
  const meet = (process: Process): void => {
    const [next] = strikes;
    if (next === undefined) return;
    next.tasksLeft -= 1;
    if (next.tasksLeft >= 0) return;
    strikes.shift();
    struck.set(process, { ...next });
  };
  const start = (name: string, place: Place, onDeath: (why: string) => void): Process => {
    const process = createProcess(host, { name, place, onCall, onDeath });
    running.add(process);
    if (isTask(name)) meet(process);
    return process;
  };
  const platform: Platform = {
    isThrottled: false,
    invoke: <T>(name: string, place: Place, logic: Logic<T>) =>
      new Promise<T>((resolve, reject) => {
        if (platform.isThrottled && isTask(name)) return reject(throttled());
        if (!host.places.isUp(place)) return reject(new LambdaFailure('Lambda.Unknown', `${place} is gone`));
        const process: Process = start(name, place, (why) => {
          running.delete(process);
          reject(new LambdaFailure('Lambda.Unknown', `${name}: ${why}`));
          host.timeline.touched();
        });
        const ended = (settle: () => void) => {
          if (!process.isAlive()) return;
          running.delete(process);
          settle();
          process.kill('it has ended');
          host.timeline.touched();
        };
        logic(process).then(
          (value) => ended(() => resolve(value)),
          (cause: Error) => ended(() => reject(cause)),
        );
      }),
    arm: (next) => void strikes.push(next),
    disarm: (next) => {
      const at = strikes.indexOf(next);
      if (at >= 0) strikes.splice(at, 1);
    },
    killAll: (name) => {
      for (const process of [...running]) if (process.name === name) process.kill('it was ended');
    },
  };
  return platform;
};

import type { HostStatus, Rejoined, RejoinOrder } from '../../ports/host-control';
import type { BootOutcome, ReadSeat } from './boot';
import { bootServer } from './boot';
import { createSeenEpoch } from './seen-epoch';
import type { StoreHost } from './store-host';

/** What may be asked of one host, in this process; the HTTP interface is a thin coat around it. */
export interface HostAgent {
  status(): HostStatus;
  stop(order: { readonly epoch: number }): Promise<void>;
  rejoin(order: RejoinOrder): Promise<Rejoined>;
  /** Settles when the boot has started the server, or decided not to. */
  readonly booted: Promise<BootOutcome>;
  /** Starts nothing any more. The server is left as it is: its zone's cgroup ends it. */
  close(): void;
}

export interface HostAgentOptions {
  readonly host: StoreHost;
  readonly readSeat: ReadSeat;
  readonly seatRetryMs?: number;
}

const stopTimeoutMs = 10_000;
const defaultSeatRetryMs = 200;

/**
 * One act at a time; the same order given twice shares one run. Between "take a number" and "my turn" a newer order may
 * have come, so the epoch is admitted when it is its turn.
 */
export function createHostAgent({ host, readSeat, seatRetryMs }: HostAgentOptions): HostAgent {
  const seen = createSeenEpoch(host.files.epoch, host.user);
  const booting = new AbortController();
  const running = new Map<string, Promise<unknown>>();
  let last: Promise<unknown>;
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const turn = last.then(act, act);
    last = turn;
    return turn;
  };
  const once = <T>(key: string, act: () => Promise<T>): Promise<T> => {
    const known = running.get(key) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const run = inTurn(act).finally(() => running.delete(key));
    running.set(key, run);
    return run;
  };
  const order = <T>(name: string, given: { readonly epoch: number }, act: () => Promise<T>): Promise<T> => {
    seen.admit(given.epoch);
    booting.abort();
    return once(`${name} ${JSON.stringify(given)}`, async () => {
      seen.admit(given.epoch);
      host.log(`${name} ordered`, { ...given });
      return act();
    });
  };
  const boot = { host, seen, readSeat, retryMs: seatRetryMs ?? defaultSeatRetryMs, signal: booting.signal };
  const booted = bootServer(boot);
  last = booted;
  void booted.then(
    (outcome) => host.log('booted', { outcome }),
    (error: unknown) => host.log('boot failed', { why: String(error) }),
  );
  return {
    status: () => ({ up: true, engine: host.state(), epoch: seen.current() }),
    stop: async (given) => order('stop', given, () => host.stopNow(stopTimeoutMs)),
    rejoin: async (given) => order('rejoin', given, () => host.rejoin(given)),
    booted,
    close: () => booting.abort(),
  };
}

import { Resolver } from 'node:dns/promises';

export interface PublicName {
  /** An address of the name. */
  address(): Promise<string>;
  /** An attempt failed: for a second the server is asked again and again, whatever the TTL says. */
  distrust(): void;
}

export interface PublicNameOptions {
  readonly name: string;
  /** HOST or HOST:PORT of the lab's DNS server. */
  readonly server: string;
  readonly timeoutMs?: number;
  /** Given by tests. */
  readonly nowMs?: () => number;
}

const LOOK_UP_TIMEOUT_MS = 150;
/** A client that keeps an answer for longer than this is not what is measured here. */
const LONGEST_TTL_MS = 1_000;

/**
 * After a failure answers are kept no longer than this for a while: short enough to see a switch of the name at once,
 * long enough that a storm of failing orders asks at most 40 times a second.
 */
const WARY_TTL_MS = 25;
const WARY_FOR_MS = 1_000;

interface Known {
  readonly addresses: readonly string[];
  readonly ttlMs: number;
  readonly askedAtMs: number;
}

/** Looks the public name up as a well-behaved client does: TTL kept (1 s at most), one query at a time. */
export const createPublicName = (options: PublicNameOptions): PublicName => {
  const { name, server, timeoutMs = LOOK_UP_TIMEOUT_MS, nowMs = () => performance.now() } = options;
  const resolver = new Resolver({ timeout: timeoutMs, tries: 2 });
  resolver.setServers([server]);
  let known: Known | null = null;
  let underWay: Promise<Known> | null = null;
  let waryUntilMs = Number.NEGATIVE_INFINITY;

  const ask = async (): Promise<Known> => {
    const askedAtMs = nowMs();
    const answers = await resolver.resolve4(name, { ttl: true });
    const ttlMs = Math.min(LONGEST_TTL_MS, ...answers.map(({ ttl }) => ttl * 1_000));
    known = { addresses: answers.map(({ address }) => address), ttlMs, askedAtMs };
    return known;
  };
  const askOnce = (): Promise<Known> => {
    underWay ??= ask().finally(() => {
      underWay = null;
    });
    return underWay;
  };
  const isGood = ({ askedAtMs, ttlMs }: Known): boolean => {
    const keptMs = nowMs() < waryUntilMs ? Math.min(ttlMs, WARY_TTL_MS) : ttlMs;
    return nowMs() - askedAtMs < keptMs;
  };
  return {
    address: async () => pick((known !== null && isGood(known) ? known : await askOnce()).addresses),
    distrust: () => {
      waryUntilMs = nowMs() + WARY_FOR_MS;
    },
  };
};

/** resolve4 never answers with an empty list: that is its ENODATA error. */
const pick = (addresses: readonly string[]): string =>
  addresses[Math.floor(Math.random() * addresses.length)] ?? String(addresses[0]);

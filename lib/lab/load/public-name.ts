import { Resolver } from 'node:dns/promises';

export interface PublicName {
  /** An address of the name. After a failure only an answer asked for since then is good enough. */
  address(): Promise<string>;
  /** An attempt failed: the next look-up asks the server again, whatever the TTL says. */
  distrust(): void;
}

export interface PublicNameOptions {
  readonly name: string;
  /** HOST or HOST:PORT of the lab's DNS server. */
  readonly server: string;
  readonly timeoutMs?: number;
}

const LOOK_UP_TIMEOUT_MS = 150;
/** A client that keeps an answer for longer than this is not what is measured here. */
const LONGEST_TTL_MS = 1_000;

interface Known {
  readonly addresses: readonly string[];
  readonly goodUntilMs: number;
}

/** Looks the public name up as a well-behaved client does: TTL kept (1 s at most), one query at a time. */
export const createPublicName = ({
  name,
  server,
  timeoutMs = LOOK_UP_TIMEOUT_MS,
}: PublicNameOptions): PublicName => {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 2 });
  resolver.setServers([server]);
  let known: Known | null = null;
  let underWay: Promise<Known> | null = null;

  const ask = async (): Promise<Known> => {
    const answers = await resolver.resolve4(name, { ttl: true });
    const ttlMs = Math.min(LONGEST_TTL_MS, ...answers.map(({ ttl }) => ttl * 1_000));
    return { addresses: answers.map(({ address }) => address), goodUntilMs: performance.now() + ttlMs };
  };
  const askOnce = async (): Promise<Known> => {
    const mine = ask();
    underWay = mine;
    try {
      const answer = await mine;
      // Overtaken by a failure meanwhile: good enough for who asked, not to be kept.
      if (underWay === mine) known = answer;
      return answer;
    } finally {
      if (underWay === mine) underWay = null;
    }
  };
  return {
    address: async () => {
      const fresh = known !== null && performance.now() < known.goodUntilMs ? known : null;
      return pick((fresh ?? (await (underWay ?? askOnce()))).addresses);
    },
    distrust: () => {
      known = null;
      underWay = null;
    },
  };
};

/** resolve4 never answers with an empty list: that is its ENODATA error. */
const pick = (addresses: readonly string[]): string =>
  addresses[Math.floor(Math.random() * addresses.length)] ?? String(addresses[0]);

import { request } from 'node:http';
import * as z from 'zod';
import type { Address, ZoneId } from '../../domain/topology';
import type { Sample } from '../../domain/traffic/judge';
import type { TrafficSamples } from '../../ports/traffic-samples';

export interface ApiSamplesOptions {
  readonly endpoints: Readonly<Record<ZoneId, Address>>;
  readonly path: string;
}

const count = z.int().nonnegative();
const answered = z.object({
  mark: z.string().min(1),
  requests: count,
  errors: count,
  p99Ms: z.number().nonnegative().nullable(),
  utilisationPercent: z.number().nonnegative().nullable(),
});

type Answer = z.infer<typeof answered>;

/** What an API may say of itself, in bytes; more is not read. */
const MOST_BYTES = 4_096;

/** Null for everything but an answer that is one: a zone that cannot tell is unknown. */
const get = (address: Address, path: string, timeoutMs: number): Promise<Answer | null> =>
  new Promise((resolve) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const call = request({ ...address, path, agent: false, signal }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text = (text + chunk).slice(0, MOST_BYTES)));
      response.on('error', () => resolve(null));
      response.on('end', () => resolve(response.statusCode === 200 ? parsed(text) : null));
    });
    call.on('error', () => resolve(null));
    call.end();
  });

const parsed = (text: string): Answer | null => {
  try {
    return answered.parse(JSON.parse(text));
  } catch {
    return null;
  }
};

/**
 * Each API counts the requests of its clients itself. A mark is its own word, so no two clocks are compared; an API that
 * was started anew does not know the mark of the one before it, and says so with another status than 200.
 */
export const createApiSamples = ({ endpoints, path }: ApiSamplesOptions): TrafficSamples => {
  const ask = async (zone: ZoneId, query: string, timeoutMs: number): Promise<Answer | null> => {
    const address = endpoints[zone];
    return address === undefined ? null : get(address, `${path}${query}`, timeoutMs);
  };
  return {
    mark: async (zone, timeoutMs) => (await ask(zone, '', timeoutMs))?.mark ?? null,
    since: async (zone, mark, timeoutMs): Promise<Sample | null> => {
      const answer = await ask(zone, `?since=${encodeURIComponent(mark)}`, timeoutMs);
      if (answer === null) return null;
      const { requests, errors, p99Ms, utilisationPercent } = answer;
      return { requests, errors, p99Ms, utilisationPercent };
    },
  };
};

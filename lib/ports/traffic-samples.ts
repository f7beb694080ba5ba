import type { ZoneId } from '../domain/topology';
import type { Sample } from '../domain/traffic/judge';

/** What clients' requests to a zone are like. Never rejects: what cannot be known is null. */
export interface TrafficSamples {
  /** From here on; only the adapter that made it can read it. Of the reader's own kind of time, never two clocks'. */
  mark(zone: ZoneId, timeoutMs: number): Promise<string | null>;
  /** Of the requests that began after the mark. */
  since(zone: ZoneId, mark: string, timeoutMs: number): Promise<Sample | null>;
}

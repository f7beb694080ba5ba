import type { ZoneId } from '../domain/topology';

export interface HostStatus {
  readonly up: true;
  /** `starting` covers recovery, too. */
  readonly engine: 'running' | 'stopped' | 'starting';
  readonly epoch: number;
}

export interface RejoinOrder {
  readonly epoch: number;
  readonly upstreamHost: string;
  readonly upstreamPort: number;
  /** application_name, carries the epoch (§3b.4). */
  readonly standbyName: string;
  /**
   * A new copy from nothing, whatever the one that is there fits: what a copy holds that it should not cannot be seen in its
   * history. Once an epoch; the same order again goes on, or finds it done. Absent: what fits is kept.
   */
  readonly fresh?: true;
  /** With `fresh`: the old data is set aside on the machine, until the next fresh order there. Absent: thrown away. */
  readonly keep?: boolean;
}

export interface Rejoined {
  readonly how: 'already' | 'restarted' | 'rewound' | 'recloned';
  /** Where on its machine the old data was set aside. */
  readonly kept?: string;
}

/** What must be done on a store's own machine: SSM on AWS, the host agent in the lab. Older epochs are refused. */
export interface HostControl {
  status(zone: ZoneId, timeoutMs: number): Promise<HostStatus>;
  /** Immediate stop: the power fence. Returns when the engine is seen to be down. */
  stop(zone: ZoneId, order: { readonly epoch: number }, timeoutMs: number): Promise<void>;
  rejoin(zone: ZoneId, order: RejoinOrder, timeoutMs: number): Promise<Rejoined>;
}

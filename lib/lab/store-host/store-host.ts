import type { Store, ZoneId } from '../../domain/topology';
import type { HostStatus, Rejoined, RejoinOrder } from '../../ports/host-control';
import type { OsUser } from './os-user';

/** One zone's server of one store, as the host agent starts and stops it. */
export interface StoreHost {
  readonly store: Store;
  readonly zone: ZoneId;
  readonly files: {
    /** The highest epoch the host agent has seen. */
    readonly epoch: string;
    /** Present until the first start after provisioning, which needs no seat: there is none yet. */
    readonly firstBoot: string;
  };
  /** Whom the files belong to; null: this process's own user. */
  readonly user: OsUser | null;
  readonly log: (event: string, detail: Readonly<Record<string, unknown>>) => void;
  state(): HostStatus['engine'];
  /** As it was provisioned. */
  startFirst(): Promise<void>;
  /** The seat's writer comes back, with the data it had. */
  startAsWriter(): Promise<void>;
  /** At once, and seen to be down; nothing is acknowledged any more. @throws DeadlineExceeded */
  stopNow(timeoutMs: number): Promise<void>;
  /** Makes the server a standby of the order's upstream. @throws Unreachable, CommandFailed, DeadlineExceeded */
  rejoin(order: RejoinOrder): Promise<Rejoined>;
}

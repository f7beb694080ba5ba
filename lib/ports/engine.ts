import type { ProbeResult } from '../domain/observation';
import type { Rebuild } from '../domain/protocol/seat';
import type { ZoneId } from '../domain/topology';
import type { Rejoined } from './host-control';

export interface EngineCapabilities {
  /** Fence by read-only mode and ended sessions, with the writer alive: reversible. */
  readonly softFence: boolean;
  /** Promoting its synchronous standby alone stops the old writer from acknowledging. */
  readonly synchronousFence: boolean;
  readonly rejoin: boolean;
  /** Its own quorum decides who leads: followed and placed, never fenced (I4). It has no standby to prove or to give up. */
  readonly electsItself: boolean;
  /**
   * Writes are acknowledged before the standby has them: an emergency loses what was not copied yet, and `ensureSynchronous`
   * only proves that the standby follows.
   */
  readonly asynchronous: boolean;
}

export const FenceKind = {
  synchronousStandby: 'synchronous-standby',
  readOnly: 'read-only',
  power: 'power',
  /** Nothing is stopped: too few brokers in one zone acknowledge nothing, and only who has it all is elected. */
  quorum: 'quorum',
} as const;
export type FenceKind = (typeof FenceKind)[keyof typeof FenceKind];

export interface FenceReport {
  readonly kind: FenceKind;
  /** Read back, not assumed. */
  readonly holds: boolean;
  readonly why: string;
}

/** Who asks, at which epoch; an engine refuses an epoch older than the one it has seen with `StaleEpoch`. */
export interface Effect {
  readonly epoch: number;
  /** How long the call may take, ms from its start; not an instant. */
  readonly deadlineMs: number;
}

export interface LevelReport {
  readonly level: boolean;
  readonly writerPosition: string | null;
  readonly standbyPosition: string | null;
  readonly bytesBehind: number | null;
}

export interface VerifyReport {
  readonly ok: boolean;
  readonly findings: readonly string[];
  readonly numbers: Readonly<Record<string, number | string | null>>;
}

/** A part that can only be looked at: an API, a host agent, a peer. Never rejects: what cannot be known is `unknown`. */
export interface Prober {
  readonly component: string;
  probe(zone: ZoneId, timeoutMs: number): Promise<ProbeResult>;
  close(): Promise<void>;
}

/**
 * What a person may have done to a store's copy while nobody relies on it: the seat says "not eligible" before, and holds it
 * so. A rejoin takes all of it back.
 */
export interface CopyControl {
  /** The copy in `zone` takes nothing more in; what it has stays, and it refuses writes. */
  pause(zone: ZoneId, effect: Effect): Promise<void>;
  /** Its replication is ended, on its host. */
  stop(zone: ZoneId, effect: Effect): Promise<void>;
}

/**
 * One store, seen from outside. Every method ends by its deadline; the mutating ones are idempotent desired states
 * under an epoch. Plain data in, plain data out.
 */
export interface Engine extends Prober {
  readonly capabilities: EngineCapabilities;
  /** Absent: nobody tells this store's copies what to do. */
  readonly copyControl?: CopyControl;
  /** Writes the beacon in the writer's zone, at most once a second, without waiting for the standby. */
  beacon(zone: ZoneId, atMs: number, timeoutMs: number): Promise<void>;
  /**
   * Stops the writer in `from` from acknowledging, as strongly as `mode` needs, and reads it back.
   * planned: read-only + sessions ended, reversible by `undo`. emergency: the synchronous standby is the fence;
   * where that does not hold, the host's power.
   */
  fence(
    from: ZoneId,
    options: { readonly mode: 'planned' | 'emergency'; readonly standbyEligible: boolean },
    effect: Effect,
  ): Promise<FenceReport>;
  /** Waits until the standby in `to` has flushed all that the fenced writer in `from` has. */
  waitUntilLevel(from: ZoneId, to: ZoneId, effect: Effect): Promise<LevelReport>;
  /** Desired state: the writer is in `zone`, not yet admitting writes. */
  ensureWriterIn(zone: ZoneId, effect: Effect): Promise<void>;
  /** Desired state: the writer in `zone` accepts writes of the workload. */
  admitWrites(zone: ZoneId, effect: Effect): Promise<void>;
  verify(zone: ZoneId, effect: Effect): Promise<VerifyReport>;
  /**
   * Before anything is changed: whether the standby in `to` may be promoted at all. Findings name what forbids it,
   * e.g. a role or database that overrides `synchronous_commit` and so escapes I2.
   */
  preflight(to: ZoneId, effect: Effect): Promise<VerifyReport>;
  /**
   * Takes the fence of `from` away again; only before writes were admitted elsewhere (I7), at a newer epoch than the
   * effect undone. With a standby: the fence row is raised at `from` and replayed there, and the standby's lock
   * holders are ended, so that a late promotion is refused (§3b.1). Without one: the caller stopped it.
   */
  undoFence(from: ZoneId, options: { readonly standby: ZoneId | null }, effect: Effect): Promise<void>;
  /** The writer in `zone` goes on without a standby; only after the seat says "not eligible" (I8). */
  degrade(zone: ZoneId, effect: Effect): Promise<void>;
  /**
   * Makes the store in `zone` a standby of the writer in `writer`: stop the zombie, rewind or re-clone, start. With `rebuild` it
   * becomes a new copy from nothing, whatever it fits, once an epoch; the writer must not wait for it then (`degrade`).
   */
  rejoin(zone: ZoneId, writer: ZoneId, effect: Effect, rebuild?: Rebuild): Promise<Rejoined>;
  /**
   * §3b.3-4: closes the gate, sees it hold, opens it for `standby`, waits until the standby has flushed past it. Twice at
   * one epoch is as once. When it rejects the gate may be closed: only `degrade` at a newer epoch takes it away (I8).
   */
  ensureSynchronous(writer: ZoneId, standby: ZoneId, effect: Effect): Promise<void>;
  /** Newest beacon found in `zone`, in the state store's time; null when it cannot be read. */
  newestBeaconMs(zone: ZoneId, timeoutMs: number): Promise<number | null>;
}

import type { Deadline } from '../deadline';

/** What a store's gate says when it is read back; `epoch` is who set it. */
export interface GateState {
  readonly isOpen: boolean;
  readonly epoch: number | null;
}

/**
 * Keeps the workload from writing into one zone's bucket, and lets it in again. Reads are never touched. A write that was
 * let in just before may still end after it.
 */
export interface WriteGate {
  set(isOpen: boolean, epoch: number, deadline: Deadline): Promise<void>;
  state(deadline: Deadline): Promise<GateState>;
}

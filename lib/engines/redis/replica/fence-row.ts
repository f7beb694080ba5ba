import type { ZoneId } from '../../../domain/topology';
import type { Command, Reply } from './connection';

/**
 * The hash under which effects act, and under which the workload decides what it may acknowledge. On a replica it is a
 * copy of the primary's. `standby`: who must have a write before it is acknowledged; empty: nobody (I8).
 */
export const fenceKey = 'evac:fence';

export interface FenceRow {
  readonly epoch: number;
  readonly zone: ZoneId;
  readonly standby: string;
  /** Grows by one at each promotion: histories of different numbers may differ. */
  readonly timeline: number;
}

const fields = ['epoch', 'zone', 'standby', 'timeline'] as const;

export const readFenceRow: Command = ['HMGET', fenceKey, ...fields];

const wholeNumber = (value: unknown): number | null =>
  typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : null;

/** Null where there is none, or not a whole one: this server was never provisioned for Evac. */
export function asFenceRow(reply: Reply): FenceRow | null {
  if (!Array.isArray(reply)) return null;
  const [epoch, zone, standby, timeline] = reply as readonly Reply[];
  const numbers = { epoch: wholeNumber(epoch), timeline: wholeNumber(timeline) };
  if (numbers.epoch === null || numbers.timeline === null || typeof zone !== 'string') return null;
  return {
    epoch: numbers.epoch,
    zone,
    standby: typeof standby === 'string' ? standby : '',
    timeline: numbers.timeline,
  };
}

export const writeFenceRow = (change: Partial<FenceRow>): Command => [
  'HSET',
  fenceKey,
  ...Object.entries(change).flat(),
];

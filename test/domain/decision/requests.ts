import type { OperationRequest } from '../../../lib/domain/decision/assess-request';
import type { Operation, SyncHold } from '../../../lib/domain/protocol/seat';
import type { Setting } from './world';
import { NOW_MS, ZONE_LOSS_GRID } from './world';

export const NOBODY = `
  az-a     silent
  az-b     silent
  az-c     silent
  region   silent`;

const TARGET_DOWN = `
  az-a     o    o     o        F    F     F        o
  az-b     silent
  az-c     o    o     o        F    F     F        .
  region   .    o     .        .    F     .        .`;

const TARGET_API_DOWN = `
  az-a     o    o     o        o    F     o        o
  az-b     o    o     o        o    F     o        o
  az-c     o    o     o        o    F     o        .
  region   .    o     .        .    F     .        .`;

/** az-a is set to wait for az-b, which is gone. */
const HELD_UP_GRID = `
  az-a     s    o     o        F    F     F        o
  az-b     silent
  az-c     s    o     o        F    F     F        .
  region   .    o     .        .    F     .        .`;

export const planned: OperationRequest = { to: 'az-b', mode: 'planned', reason: 'kernel update of az-a' };
export const emergency: OperationRequest = { ...planned, mode: 'emergency' };
const busy = {
  kind: 'degrade',
  mode: 'emergency',
  epoch: 7,
  from: 'az-a',
  to: 'az-b',
  phase: 'claimed',
  execution: 'orders-e7',
  stores: ['postgres'],
} as Partial<Operation> as Operation;

export const HOLD: SyncHold = {
  how: 'paused',
  by: 'ana',
  reason: 'new disks in az-b',
  sinceMs: NOW_MS - 60_000,
  request: 'orders-s-1',
};

const GO = 'planned failover az-a→az-b (requested)';
export const UNELIGIBLE: Setting = { seat: { eligible: null } };
export const COOLING: Setting = { seat: { cooldownUntilMs: NOW_MS + 1 } };

export interface RequestCase {
  readonly why: string;
  readonly grid?: string;
  readonly setting?: Setting;
  readonly request: OperationRequest;
  readonly is: string;
}

export const refused = (...codes: readonly string[]): string => `refuse: nothing (${codes.join('+')})`;

export const REQUESTS: readonly RequestCase[] = [
  { why: 'planned, all well', request: planned, is: `failover: ${GO}` },
  {
    why: 'automatic: off binds witnesses, not people',
    setting: { policy: { automatic: 'off' } },
    request: planned,
    is: `failover: ${GO}`,
  },
  {
    why: 'a rollback is the same move',
    request: { ...planned, kind: 'rollback' },
    is: 'failover: planned rollback az-a→az-b (requested)',
  },

  { why: 'no such zone', request: { ...planned, to: 'az-q' }, is: refused('unknown-zone') },
  { why: 'a zone without data', request: { ...planned, to: 'az-c' }, is: refused('not-a-data-zone') },
  { why: 'where the writer is', request: { ...planned, to: 'az-a' }, is: refused('same-zone') },
  { why: 'no reason', request: { ...planned, reason: ' \n' }, is: refused('no-reason') },
  { why: 'something runs', setting: { seat: { operation: busy } }, request: planned, is: refused('busy') },
  { why: 'in the cooldown', setting: COOLING, request: planned, is: refused('cooldown') },
  {
    why: 'in the cooldown, overridden',
    setting: COOLING,
    request: { ...planned, overrideCooldown: true },
    is: `failover: ${GO}`,
  },
  {
    why: 'the seat is damaged',
    setting: { seat: { writer: 'az-z' } },
    request: planned,
    is: refused('unknown-seat'),
  },

  {
    why: 'planned, the standby is not eligible',
    setting: UNELIGIBLE,
    request: planned,
    is: refused('not-eligible'),
  },
  {
    why: 'planned, loss accepted: a planned move never loses',
    setting: UNELIGIBLE,
    request: { ...planned, acceptLossSeconds: 600 },
    is: refused('not-eligible'),
  },
  {
    why: 'planned, the source is dead',
    grid: ZONE_LOSS_GRID,
    request: planned,
    is: refused('source-not-healthy'),
  },
  {
    why: 'planned, nobody knows of the source',
    grid: NOBODY,
    request: planned,
    is: refused('source-not-healthy'),
  },
  {
    why: 'planned, the target is dead: each part is named',
    grid: TARGET_DOWN,
    request: planned,
    is: refused('target-not-healthy', 'target-not-healthy'),
  },
  {
    why: 'planned, the target’s API is down',
    grid: TARGET_API_DOWN,
    request: planned,
    is: refused('target-not-healthy'),
  },

  {
    why: 'emergency, the source is dead',
    grid: ZONE_LOSS_GRID,
    request: emergency,
    is: 'failover: emergency failover az-a→az-b (requested)',
  },
  {
    why: 'emergency, nobody knows anything: a person may',
    grid: NOBODY,
    request: emergency,
    is: 'failover: emergency failover az-a→az-b (requested)',
  },
  {
    why: 'emergency, the target’s store is dead',
    grid: TARGET_DOWN,
    request: emergency,
    is: refused('target-not-healthy', 'target-not-healthy'),
  },
  {
    why: 'emergency, not eligible, no loss accepted',
    setting: UNELIGIBLE,
    request: emergency,
    is: refused('not-eligible'),
  },
  {
    why: 'emergency, loss accepted, no beacon known',
    grid: NOBODY,
    setting: UNELIGIBLE,
    request: { ...emergency, acceptLossSeconds: 600 },
    is: refused('rpo-exceeded'),
  },

  {
    why: 'a degrade, the primary seen alive from outside',
    request: { ...planned, kind: 'degrade' },
    is: 'act: planned degrade az-a→az-b (requested)',
  },
  {
    why: 'a degrade in the cooldown: exempt',
    setting: COOLING,
    request: { ...planned, kind: 'degrade' },
    is: 'act: planned degrade az-a→az-b (requested)',
  },
  {
    why: 'a degrade of a primary nobody outside sees (§3b.5)',
    grid: ZONE_LOSS_GRID,
    request: { ...planned, kind: 'degrade' },
    is: refused('source-not-healthy'),
  },
  {
    why: 'a degrade without a standby, and the primary waits for one all the same',
    setting: UNELIGIBLE,
    grid: HELD_UP_GRID,
    request: { ...planned, kind: 'degrade' },
    is: 'act: planned degrade az-a→az-b (requested)',
  },
  {
    why: 'a degrade without a standby',
    setting: UNELIGIBLE,
    request: { ...planned, kind: 'degrade' },
    is: refused('not-eligible'),
  },
  {
    why: 'a rejoin of what answers',
    setting: UNELIGIBLE,
    request: { ...planned, kind: 'rejoin' },
    is: 'act: planned rejoin az-a→az-b (requested)',
  },
  {
    why: 'a rejoin of what does not',
    grid: TARGET_DOWN,
    setting: UNELIGIBLE,
    request: { ...planned, kind: 'rejoin' },
    is: refused('target-not-healthy'),
  },
  {
    why: 'a degrade without a standby, to keep the copy away',
    setting: UNELIGIBLE,
    request: { ...planned, kind: 'degrade', hold: HOLD },
    is: 'act: planned degrade az-a→az-b (requested)',
  },
  {
    why: 'a rejoin of what a person keeps away',
    setting: { seat: { eligible: null, hold: HOLD } },
    request: { ...planned, kind: 'rejoin' },
    is: refused('sync-held'),
  },
  {
    why: 'a rejoin from nothing of what a person keeps away for it',
    setting: { seat: { eligible: null, hold: { ...HOLD, how: 'rebuilding' } } },
    request: { ...planned, kind: 'rejoin', anew: true },
    is: 'act: planned rejoin az-a→az-b (requested)',
  },
  {
    why: 'a planned failover while a person keeps the copy away',
    setting: { seat: { eligible: null, hold: HOLD } },
    request: planned,
    is: refused('sync-held'),
  },
  {
    why: 'a rejoin with a standby eligible',
    request: { ...planned, kind: 'rejoin' },
    is: refused('standby-eligible'),
  },
  {
    why: 'a copy made anew',
    request: { ...planned, kind: 'rejoin', rebuild: { keep: true } },
    is: 'act: planned rejoin az-a→az-b (requested)',
  },
  {
    why: 'a copy made anew while something runs',
    setting: { seat: { operation: busy } },
    request: { ...planned, kind: 'rejoin', rebuild: { keep: true } },
    is: refused('busy'),
  },
  {
    why: 'a copy made anew that is not the proven standby',
    setting: UNELIGIBLE,
    request: { ...planned, kind: 'rejoin', rebuild: { keep: true } },
    is: refused('not-eligible'),
  },
  {
    why: 'a copy made anew from a writer that is dead',
    grid: ZONE_LOSS_GRID,
    request: { ...planned, kind: 'rejoin', rebuild: { keep: true } },
    is: refused('source-not-healthy'),
  },
  {
    why: 'a copy made anew, and nobody knows of its writer',
    grid: NOBODY,
    request: { ...planned, kind: 'rejoin', rebuild: { keep: true } },
    is: refused('source-not-healthy'),
  },
  {
    why: 'a move that makes a copy anew',
    request: { ...planned, rebuild: { keep: true } },
    is: refused('not-a-rejoin'),
  },
];

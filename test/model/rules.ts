import type { Clause } from '../../lib/domain/protocol/clauses';
import type { VoterRound } from '../../lib/domain/protocol/seat';
import type { SeatEvent } from '../../lib/domain/protocol/transitions';
import type { GuardedPatch } from '../../lib/domain/protocol/walk';
import { guardedPatch } from '../../lib/domain/protocol/walk';
import { DEFAULT_EVIDENCE_SLACK_ROUNDS, evidenceStands } from '../../lib/state/evidence';
import type { Answer, Call } from './calls';
import type { Lambda, LambdaName } from './lambdas';
import { LAMBDAS } from './lambdas';
import type { Definition } from './machines';
import type { World } from './world';

/** What the modelled servers, hosts, clients and services can be made to forget. */
export const FLAWS = [
  'server-takes-any-epoch',
  'host-takes-any-epoch',
  'holders-are-not-ended',
  'standby-is-not-settled',
  'displayed-sync-is-believed',
  'gate-is-not-flushed-past',
  'gate-goes-at-own-epoch',
  'gate-is-closed-again',
  'promoted-open',
  'power-is-not-cut',
  'standby-name-is-any',
  'degrade-without-epoch',
  'boot-without-seat',
  'retry-acknowledges-phantom',
  'start-is-not-idempotent',
  'fence-cancels-waits',
] as const;
export type Flaw = (typeof FLAWS)[number];

/**
 * The seams at which the explored protocol can be made wrong. As it stands everything is the shipped code; a seeded
 * bug replaces one of them.
 */
export interface Rules {
  readonly seatRow: (event: SeatEvent) => GuardedPatch;
  readonly evidence: (voter: VoterRound) => readonly Clause[];
  /** What the witnesses' rows look like to whoever decides. */
  readonly see: (grid: string) => string;
  readonly lambdas: Readonly<Record<LambdaName, Lambda>>;
  readonly definition: (machine: string, definition: Definition) => Definition;
  /** What a process is told of what happened. */
  readonly tell: (call: Call, answer: Answer, world: World) => Answer;
  readonly flaws: ReadonlySet<Flaw>;
  /** Witnesses decide even where the shipped decision would only log. */
  readonly eager: boolean;
}

export const SHIPPED: Rules = {
  seatRow: guardedPatch,
  evidence: (voter) => evidenceStands(voter, DEFAULT_EVIDENCE_SLACK_ROUNDS),
  see: (grid) => grid,
  lambdas: LAMBDAS,
  definition: (_machine, definition) => definition,
  tell: (_call, answer) => answer,
  flaws: new Set(),
  eager: false,
};
